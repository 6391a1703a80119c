# Made by: seccomp-medic help --completion bash
_seccomp_medic() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options="" takes="@file"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -f -W "diagnose repair synthesize check coverage what-if eval convert lint diff merge rebase capabilities complain profiles digest explain syscalls collect mcp help" -- "$current"))
    return
  fi
  case ${COMP_WORDS[1]} in
    diagnose)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --details --by --top --layer --risk --min-certainty --call --raw --fail-on --no-pager --profile --caps --kernel --libseccomp --runtime --format --callers --elf --root --debug-dir --tree --checkpoint --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --by) takes="container program host process unit" ;;
        --top) takes="" ;;
        --layer) takes="seccomp apparmor selinux capability dac strict-mode other unknown" ;;
        --risk) takes="low elevated high" ;;
        --min-certainty) takes="stated inferred suspected" ;;
        --call) takes="@syscalls" ;;
        --fail-on) takes="denied any" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --elf) takes="@file" ;;
        --root) takes="@folder" ;;
        --debug-dir) takes="@folder" ;;
        --checkpoint) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    repair)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --libseccomp --runtime --format --output --diff --in-place --override --force --accept-risk --never --within --trust --write-unproven --all-args --arguments --companions --runtime-calls --as --materialise --apparmor --interactive --dialogue --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --output|-o) takes="@file" ;;
        --override) takes="@syscalls" ;;
        --accept-risk) takes="@syscalls" ;;
        --never) takes="@file" ;;
        --within) takes="@profiles" ;;
        --trust) takes="container-output" ;;
        --as) takes="profile json-patch overlay" ;;
        --apparmor) takes="@file" ;;
        --dialogue) takes="json" ;;
        --color) takes="auto always never" ;;
      esac ;;
    synthesize)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --caps --kernel --libseccomp --format --output --diff --override --force --accept-risk --never --within --trust --write-unproven --all-args --arguments --companions --runtime --base --per --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --format|-f) takes="@renderers" ;;
        --output|-o) takes="@file" ;;
        --override) takes="@syscalls" ;;
        --accept-risk) takes="@syscalls" ;;
        --never) takes="@file" ;;
        --within) takes="@profiles" ;;
        --trust) takes="container-output" ;;
        --runtime) takes="runc crun init none" ;;
        --base) takes="@profiles" ;;
        --per) takes="container exe comm" ;;
        --color) takes="auto always never" ;;
      esac ;;
    check)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --details --by --top --layer --risk --min-certainty --call --raw --fail-on --no-pager --profile --caps --kernel --libseccomp --runtime --format --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --by) takes="container program host process unit" ;;
        --top) takes="" ;;
        --layer) takes="seccomp apparmor selinux capability dac strict-mode other unknown" ;;
        --risk) takes="low elevated high" ;;
        --min-certainty) takes="stated inferred suspected" ;;
        --call) takes="@syscalls" ;;
        --fail-on) takes="denied any" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --color) takes="auto always never" ;;
      esac ;;
    coverage)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --libseccomp --runtime --format --runs --bound --elf --root --cache --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --runs) takes="file container program" ;;
        --bound) takes="" ;;
        --elf) takes="@file" ;;
        --root) takes="@folder" ;;
        --cache) takes="@folder" ;;
        --color) takes="auto always never" ;;
      esac ;;
    what-if)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --libseccomp --runtime --libc --elf --root --cache --format --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="" ;;
        --libc) takes="" ;;
        --elf) takes="@file" ;;
        --root) takes="@folder" ;;
        --cache) takes="@folder" ;;
        --format|-f) takes="@renderers" ;;
        --color) takes="auto always never" ;;
      esac ;;
    eval)
      options="--arch --caps --kernel --libseccomp --runtime --calls --format --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --calls) takes="@file" ;;
        --format|-f) takes="text json jsonl" ;;
        --color) takes="auto always never" ;;
      esac ;;
    convert)
      options="--arch --caps --kernel --libseccomp --runtime --to --from --output --name --strict --widen --disassemble --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --to) takes="@formats" ;;
        --from) takes="@formats" ;;
        --output|-o) takes="@file" ;;
        --name) takes="" ;;
        --color) takes="auto always never" ;;
      esac ;;
    lint)
      options="--arch --caps --kernel --libseccomp --runtime --format --fix --fail-on --baseline --output --diff --in-place --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --fail-on) takes="error warning note" ;;
        --baseline) takes="@file" ;;
        --output|-o) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    diff)
      options="--arch --caps --kernel --libseccomp --runtime --format --no-looser-than --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --format|-f) takes="@renderers" ;;
        --no-looser-than) takes="@profiles" ;;
        --color) takes="auto always never" ;;
      esac ;;
    merge)
      options="--arch --caps --kernel --libseccomp --runtime --intersect --common-archs --base --output --diff --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --base) takes="@profiles" ;;
        --output|-o) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    rebase)
      options="--arch --caps --kernel --libseccomp --runtime --onto --materialise --output --diff --help --color --quiet" takes="@file"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --onto) takes="@profiles" ;;
        --output|-o) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    capabilities)
      options="--input-format --threads --since --until --inspect --snapshot --arch --pid --comm --exe --container --include-unattributed --host --phase --only-arch --profile --caps --kernel --libseccomp --runtime --as --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --pid) takes="" ;;
        --comm) takes="" ;;
        --exe) takes="@file" ;;
        --container) takes="" ;;
        --host) takes="" ;;
        --phase) takes="init app exec all" ;;
        --only-arch) takes="@archs" ;;
        --profile|-p) takes="@profiles" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --as) takes="text docker compose kubernetes systemd quadlet" ;;
        --color) takes="auto always never" ;;
      esac ;;
    complain)
      options="--arch --caps --kernel --libseccomp --runtime --flag-only --undo --output --diff --in-place --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --caps) takes="default all none" ;;
        --kernel) takes="" ;;
        --libseccomp) takes="installed newest" ;;
        --runtime) takes="runc crun none" ;;
        --output|-o) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    profiles)
      options="--arch --format --output --diff --help --color --quiet" takes="@profiles"
      case $previous in
        --arch) takes="@archs" ;;
        --format|-f) takes="@renderers" ;;
        --output|-o) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    digest)
      options="--input-format --threads --since --until --inspect --snapshot --arch --profile --checkpoint --output --name --like --help --color --quiet" takes="@log"
      case $previous in
        --input-format) takes="@dialects" ;;
        --threads) takes="" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --inspect) takes="@file" ;;
        --snapshot) takes="@file" ;;
        --arch) takes="@archs" ;;
        --profile|-p) takes="@profiles" ;;
        --checkpoint) takes="@file" ;;
        --output|-o) takes="@file" ;;
        --name) takes="" ;;
        --like) takes="@file" ;;
        --color) takes="auto always never" ;;
      esac ;;
    explain)
      options="--help --color --quiet" takes="@kinds"
      case $previous in
        --color) takes="auto always never" ;;
      esac ;;
    syscalls)
      options="--arch --format --help --color --quiet" takes="@syscalls"
      case $previous in
        --arch) takes="@archs" ;;
        --format|-f) takes="@renderers" ;;
        --color) takes="auto always never" ;;
      esac ;;
    collect)
      options="--from --since --until --container --pod --namespace --host --help --color --quiet" takes=""
      case $previous in
        --from) takes="loki elastic splunk cloudwatch gcp azure clickhouse journald k8s" ;;
        --since) takes="today yesterday" ;;
        --until) takes="today yesterday" ;;
        --container) takes="" ;;
        --pod) takes="" ;;
        --namespace) takes="" ;;
        --host) takes="" ;;
        --color) takes="auto always never" ;;
      esac ;;
    mcp)
      options="--allow-write --within --help --color --quiet" takes="@folder"
      case $previous in
        --allow-write) takes="@folder" ;;
        --within) takes="@profiles" ;;
        --color) takes="auto always never" ;;
      esac ;;
    help)
      options="--completion --words --man-synopsis --help --color --quiet" takes="@commands"
      case $previous in
        --completion) takes="bash zsh fish" ;;
        --words) takes="archs commands dialects formats kinds profiles renderers syscalls" ;;
        --color) takes="auto always never" ;;
      esac ;;
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
  esac
  case $takes in
    ""|@file|@log) COMPREPLY=($(compgen -f -- "$current")) ;;
    @folder) COMPREPLY=($(compgen -d -- "$current")) ;;
    @profiles) COMPREPLY=($(compgen -f -W "$(seccomp-medic help --words profiles)" -- "$current")) ;;
    @*) COMPREPLY=($(compgen -W "$(seccomp-medic help --words "${takes#@}")" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$takes" -- "$current")) ;;
  esac
}
complete -o filenames -F _seccomp_medic seccomp-medic
