# Made by: seccomp-medic help --completion bash
_seccomp_medic() {
  local current=${COMP_WORDS[COMP_CWORD]} words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "diagnose repair synthesize check coverage eval convert lint diff merge complain profiles digest explain syscalls help" -- "$current"))
    return
  fi
  case ${COMP_WORDS[1]} in
    diagnose) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --pid --comm --exe --container --include-unattributed --host --phase --only-arch --details --by --profile --caps --kernel --runtime --libseccomp --format --tree --checkpoint" ;;
    repair) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --runtime --libseccomp --format --output --in-place --diff --override --accept-risk --never --all-args --companions --interactive --dialogue --as" ;;
    synthesize) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --pid --comm --exe --container --include-unattributed --host --phase --only-arch --caps --kernel --runtime --libseccomp --format --output --diff --override --accept-risk --never --all-args --companions --base --per" ;;
    check) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --pid --comm --exe --container --include-unattributed --host --phase --only-arch --details --by --profile --caps --kernel --runtime --libseccomp --format" ;;
    coverage) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --runtime --libseccomp --format --runs --bound --elf --root --cache" ;;
    eval) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --calls --format" ;;
    convert) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --to --from --output --name --strict --widen --disassemble" ;;
    lint) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --format --in-place --fix --output --diff" ;;
    diff) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --format --no-looser-than" ;;
    merge) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --output --diff --intersect --common-archs --base" ;;
    complain) words="--help --color --quiet --arch --caps --kernel --runtime --libseccomp --in-place --output --diff --flag-only --undo" ;;
    profiles) words="--help --color --quiet --arch --format --output --diff" ;;
    digest) words="--help --color --quiet --input-format --arch --threads --since --until --inspect --snapshot --profile --checkpoint --output --name --like" ;;
    explain) words="--help --color --quiet" ;;
    syscalls) words="--help --color --quiet --arch --format" ;;
    help) words="--help --color --quiet --completion" ;;
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _seccomp_medic seccomp-medic
