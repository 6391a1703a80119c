// A C program that makes the filter with libseccomp's own calls, in the runtime's order. Written
// only: a program cannot be read back as data.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/stub_limits.h"
#include "convert/foreign.h"

namespace medic::profile::formats {
namespace {

std::string action_text(const Effect& each) {
  switch (each.action) {
    case Action::KillProcess: return "SCMP_ACT_KILL_PROCESS";
    case Action::KillThread: return "SCMP_ACT_KILL_THREAD";
    case Action::Trap: return "SCMP_ACT_TRAP";
    case Action::Errno: return fmt::format("SCMP_ACT_ERRNO({})", each.errno_value);
    case Action::Notify: return "SCMP_ACT_NOTIFY";
    case Action::Trace: return fmt::format("SCMP_ACT_TRACE({})", each.errno_value);
    case Action::Log: return "SCMP_ACT_LOG";
    case Action::Allow: return "SCMP_ACT_ALLOW";
  }
  return {};
}

std::string condition_text(const Condition& c) {
  return fmt::format("{{{}, {}, {:#x}ull, {:#x}ull}}", c.index, oci_token(c.op), c.value,
                     c.op == Op::MaskedEq ? c.value_two : 0);
}

std::string rule_text(std::string_view name, const Effect& effect, const Conjunction& args) {
  std::string out = fmt::format("    {{\"{}\", {}, {}, {{", name, action_text(effect), args.size());
  for (std::size_t i = 0; i < args.size(); ++i)
    out += (i == 0 ? "" : ", ") + condition_text(args[i]);
  return out + "}},\n";
}

constexpr std::string_view kHead = R"(/* Makes a seccomp filter with libseccomp (2.5 or newer).
 * cc -o filter filter.c -lseccomp
 * ./filter --export    writes the compiled program to standard output
 * ./filter PROGRAM...  runs a program under the filter */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rule {
    const char *name;
    uint32_t action;
    unsigned count;
    struct scmp_arg_cmp args[6];
};

)";

constexpr std::string_view kTail = R"(
scmp_filter_ctx make_filter(void) {
    scmp_filter_ctx filter = seccomp_init(default_action);
    if (filter == NULL) return NULL;
    for (size_t i = 0; i < sizeof archs / sizeof archs[0]; ++i) {
        int result = seccomp_arch_add(filter, archs[i]);
        if (result < 0 && result != -EEXIST) goto failed;
    }
    for (size_t i = 0; rules[i].name != NULL; ++i) {
        int number = seccomp_syscall_resolve_name(rules[i].name);
        if (number == __NR_SCMP_ERROR) {
            fprintf(stderr, "this libseccomp does not know %s: its rule is left out\n", rules[i].name);
            continue;
        }
        if (seccomp_rule_add_array(filter, rules[i].action, number, rules[i].count, rules[i].args) < 0) {
            fprintf(stderr, "libseccomp refuses the rule for %s\n", rules[i].name);
            goto failed;
        }
    }
    return filter;
failed:
    seccomp_release(filter);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s --export | PROGRAM...\n", argv[0]);
        return 2;
    }
    scmp_filter_ctx filter = make_filter();
    if (filter == NULL) return 1;
    if (strcmp(argv[1], "--export") == 0) return seccomp_export_bpf(filter, STDOUT_FILENO) < 0;
    if (seccomp_load(filter) < 0) {
        perror("seccomp_load");
        return 1;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
)";

// Calls that runc's stub answers wherever an architecture has them: a rule each, since a program of
// libseccomp's has no stub.
std::vector<kernel::NameId> answered_by_stub(const Flat& flat) {
  const auto limits = stub_limits(flat);
  std::set<kernel::NameId> yes, no;
  for (const Arch arch : flat.archs) {
    for (const kernel::TableRow& row : kernel::table(arch))
      (stub_answers(limits, {arch, row.number}) ? yes : no).insert(row.name);
  }
  std::vector<kernel::NameId> out;
  std::set_difference(yes.begin(), yes.end(), no.begin(), no.end(), std::back_inserter(out));
  return out;
}

}  // namespace

Result<Converted> write_libseccomp_c(const Conversion& conversion) {
  const Flat& flat = conversion.evaluator.flat();
  Converted out;
  out.text =
      std::string(kHead) +
      fmt::format(
          "static const uint32_t default_action = {};\n\nstatic const uint32_t archs[] = {{\n",
          action_text(default_of(flat)));
  for (const Arch arch : flat.archs)
    out.text += fmt::format("    {},\n", kernel::info(arch).oci_token);
  out.text += "};\n\nstatic const struct rule rules[] = {\n";
  for (const FlatRule& rule : flat.rules) {
    for (const kernel::NameId name : rule.names)
      out.text +=
          rule_text(kernel::name_of(name), effect(rule.action, rule.errno_value), rule.args);
  }
  const auto newer = answered_by_stub(flat);
  for (const kernel::NameId name : newer) {
    if (default_of(flat) != effect(Action::Errno, kernel::kENOSYS))
      out.text += rule_text(kernel::name_of(name), effect(Action::Errno, kernel::kENOSYS), {});
  }
  out.text += "    {NULL, 0, 0, {}},\n};\n" + std::string(kTail);
  if (!newer.empty() || !stub_limits(flat).empty())
    out.losses.push_back(
        fmt::format("runc's ENOSYS for calls that have no name yet is lost: they get {}",
                    text_of(default_of(flat))));
  if (!flat.flags.empty()) out.losses.push_back("filter flags are not set");
  const bool listens = std::any_of(flat.rules.begin(), flat.rules.end(), [](const FlatRule& rule) {
    return rule.action == Action::Notify;
  });
  if (listens)
    out.losses.push_back("the program does not hand a listener on: calls for it get ENOSYS");
  return out;
}

}  // namespace medic::profile::formats
