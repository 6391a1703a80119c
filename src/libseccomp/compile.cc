#include "libseccomp/compile.h"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "libseccomp/build_filter.h"
#include "libseccomp/enosys_stub.h"

namespace medic::profile {
namespace {

constexpr rlim_t kSecondsOfCpu = 2;  // Docker's default takes some milliseconds

std::string engine_name() {
  const scmp_version* version = seccomp_version();
  return fmt::format("libseccomp {}.{}.{}", version->major, version->minor, version->micro);
}

// What the linked library cannot do is no fault of the profile: a Warning. What the runtime would
// refuse is an Error.
Problem problem(Severity severity, std::string text, std::string hint = {}) {
  Problem out;
  out.severity = severity;
  out.text = std::move(text);
  out.hint = std::move(hint);
  return out;
}

Problem refused_rule(const Flat& flat, const BuildOutcome::Failure& failure) {
  Problem out;
  out.file = flat.path;
  const FlatRule& rule = flat.rules[failure.subject];
  out.line = rule.place.line;
  out.column = rule.place.column;
  out.text =
      fmt::format("the container would not start: libseccomp refuses the rule for {} (error {})",
                  kernel::name_of(failure.name), -failure.code);
  if (failure.code == -EEXIST) {
    out.text = fmt::format(
        "the container would not start: another rule answers the same conditions on {} with "
        "another action",
        kernel::name_of(failure.name));
    out.hint = "keep one of the two rules";
  }
  return out;
}

Problem explain(const Flat& flat, const BuildOutcome::Failure& failure) {
  switch (failure.step) {
    case BuildOutcome::Step::Rule: return refused_rule(flat, failure);
    case BuildOutcome::Step::Init:
      return problem(Severity::Error, fmt::format("{} refuses the default action", engine_name()));
    case BuildOutcome::Step::Architecture:
      return problem(
          Severity::Error,
          fmt::format("the container would not start: {} refuses the architecture {} beside {}",
                      engine_name(), kernel::name(static_cast<kernel::Arch>(failure.subject)),
                      kernel::name(flat.archs.front())),
          "list architectures of one byte order");
    default:
      return problem(Severity::Warning,
                     fmt::format("{} cannot join or export the filter (error {})", engine_name(),
                                 -failure.code));
  }
}

// A file that two processes see.
class SharedFile {
 public:
  SharedFile() : fd_(memfd_create("filter", MFD_CLOEXEC)) {}
  ~SharedFile() {
    if (fd_ >= 0) close(fd_);
  }
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  int fd() const { return fd_; }
  std::string content() const {
    const off_t size = lseek(fd_, 0, SEEK_END);
    std::string bytes(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    if (pread(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      bytes.clear();
    return bytes;
  }

 private:
  int fd_;
};

// The outcome as plain records, for the way from the child to us.
struct Record {
  std::int64_t words[4];
};

void write_outcome(int fd, const BuildOutcome& outcome) {
  std::vector<Record> records;
  records.push_back({{static_cast<std::int64_t>(outcome.failure.step), outcome.failure.code,
                      static_cast<std::int64_t>(outcome.failure.subject), outcome.failure.name}});
  for (const kernel::SyscallId id : outcome.unproven)
    records.push_back({{static_cast<std::int64_t>(id.arch), id.number, 0, 0}});
  const std::size_t bytes = records.size() * sizeof(Record);
  if (write(fd, records.data(), bytes) != static_cast<ssize_t>(bytes)) _exit(1);
}

BuildOutcome read_outcome(const std::string& bytes) {
  std::vector<Record> records(bytes.size() / sizeof(Record));
  std::copy_n(bytes.data(), records.size() * sizeof(Record),
              reinterpret_cast<char*>(records.data()));
  BuildOutcome out;
  const auto& first = records.front().words;
  out.failure = {static_cast<BuildOutcome::Step>(first[0]), static_cast<int>(first[1]),
                 static_cast<std::size_t>(first[2]), static_cast<kernel::NameId>(first[3])};
  for (std::size_t i = 1; i < records.size(); ++i)
    out.unproven.push_back({static_cast<kernel::Arch>(records[i].words[0]),
                            static_cast<std::int32_t>(records[i].words[1])});
  return out;
}

struct Attempt {
  BuildOutcome outcome;
  std::string bytes;
};

// In a child of ours with little processor time, because libseccomp may never come back.
Result<Attempt> attempt(const Flat& flat) {
  const SharedFile program, outcome;
  if (program.fd() < 0 || outcome.fd() < 0)
    return fail(problem(Severity::Warning, "no memory file for the compiled filter"));
  const pid_t child = fork();
  if (child < 0) return fail(problem(Severity::Warning, "no process to compile the filter in"));
  if (child == 0) {
    const rlimit limit{kSecondsOfCpu, kSecondsOfCpu + 1}, no_core{0, 0};
    setrlimit(RLIMIT_CPU, &limit);
    setrlimit(RLIMIT_CORE, &no_core);
    write_outcome(outcome.fd(), build_filter(flat, program.fd()));
    _exit(0);
  }
  int status = 0;
  pid_t ended = 0;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  Attempt out;
  const std::string records = outcome.content();
  if (ended != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
      records.size() < sizeof(Record)) {
    return fail(problem(
        Severity::Warning,
        fmt::format(
            "{} does not come to an end with these rules: a container would hang at its start",
            engine_name()),
        "two rules on one call share a condition on a 64-bit value: write them as one, or use "
        "SCMP_CMP_MASKED_EQ"));
  }
  out.outcome = read_outcome(records);
  out.bytes = program.content();
  return out;
}

// libseccomp writes the program in the byte order of the filter's architectures.
void swap_bytes(std::string& bytes) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::swap(bytes[at], bytes[at + 1]);
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                 bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
  }
}

}  // namespace

ByteOrder byte_order(kernel::Arch arch) {
  // AUDIT_ARCH_* of a little-endian machine carries __AUDIT_ARCH_LE (linux/audit.h).
  return (kernel::info(arch).audit_arch & 0x40000000) != 0 ? ByteOrder::Little : ByteOrder::Big;
}

kernel::LibseccompVersion linked_libseccomp() {
  const scmp_version* version = seccomp_version();
  kernel::LibseccompVersion out{static_cast<int>(version->major), static_cast<int>(version->minor),
                                static_cast<int>(version->micro), 0};
  for (const kernel::TableRow& row : kernel::table(kernel::Arch::X86_64)) {
    const std::string name(kernel::name_of(row.name));
    if (seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name.c_str()) == row.number)
      out.newest_number = std::max(out.newest_number, row.number);
  }
  return out;
}

Result<Compiled> compile(const Flat& flat) {
  if (flat.disabled)
    return fail(problem(Severity::Warning, "the profile asks for no filter at all"));
  for (const kernel::Arch arch : flat.archs) {
    if (libseccomp_token(arch) == 0)
      return fail(problem(Severity::Warning, fmt::format("{} cannot compile for {}", engine_name(),
                                                         kernel::name(arch))));
  }
  auto built = attempt(flat);
  if (!built) return fail(built.error());
  if (built->outcome.failure.step != BuildOutcome::Step::Done)
    return fail(explain(flat, built->outcome.failure));
  Compiled out;
  out.engine = engine_name();
  out.unproven_calls = std::move(built->outcome.unproven);
  std::set<kernel::NameId> unproven;
  for (const kernel::SyscallId id : out.unproven_calls) unproven.insert(kernel::name_at(id));
  out.unproven.assign(unproven.begin(), unproven.end());
  out.byte_order = byte_order(flat.archs.front());
  if (out.byte_order == ByteOrder::Big) swap_bytes(built->bytes);
  auto program = from_bytes(built->bytes);
  if (!program)
    return fail(problem(Severity::Error, "the container would not start: " + program.error().text));
  out.program = enosys_stub(flat);
  if (!out.program.empty()) out.engine += " + runc ENOSYS stub";
  out.program.insert(out.program.end(), program->begin(), program->end());
  if (auto why = why_invalid(out.program))
    return fail(
        problem(Severity::Error,
                "the container would not start: the kernel refuses the compiled filter: " + *why));
  return out;
}

}  // namespace medic::profile
