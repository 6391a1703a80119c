// The seccomp lines of a firejail profile (firejail-profile(5); src/fseccomp): lists of names, to
// keep or to drop, with an errno each in the latter.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "convert/foreign.h"

namespace medic::profile::formats {
namespace {

// @default-keep of src/lib/syscall.c: firejail cannot start a program without them.
constexpr std::array<std::string_view, 3> kAlwaysKept{"execve", "execveat", "prctl"};
// src/include/common.h MAX_READ: a longer line is refused.
constexpr std::size_t kMaxLine = 8192;
// A firejail that is older than a call does not know its name: newer calls are written by number.
constexpr kernel::LibseccompVersion kNamesKnown{2, 5, 1};

std::optional<Effect> error_action(std::string_view word) {
  if (word == "kill") return effect(Action::KillProcess);
  if (word == "log") return effect(Action::Log);
  if (const auto number = kernel::errno_number(word))
    return effect(Action::Errno, static_cast<std::uint32_t>(*number));
  return std::nullopt;
}

class ProfileReader {
 public:
  explicit ProfileReader(const ForeignText& source) : source_(source) {}

  Result<ForeignProfile> run() {
    const auto lines = lines_of(source_.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      line_ = i + 1;
      const std::string_view line = trim(lines[i].substr(0, lines[i].find('#')));
      if (!line.starts_with("seccomp") && !line.starts_with("protocol") &&
          !line.starts_with("memory-deny") && !line.starts_with("restrict-namespaces"))
        continue;
      const std::size_t space = line.find(' ');
      const std::string_view key = line.substr(0, space), value = space == std::string_view::npos
                                                                      ? std::string_view()
                                                                      : trim(line.substr(space));
      if (auto problem = assign(key, value)) return fail(std::move(*problem));
    }
    return finish();
  }

 private:
  using Refusal = std::optional<Problem>;
  enum class Mode : std::uint8_t { Keep, Drop };
  struct List {
    Mode mode = Mode::Keep;
    std::map<std::string, std::optional<Effect>> names;
  };

  Refusal assign(std::string_view key, std::string_view value) {
    if (key == "seccomp.keep") return read_list(value, Mode::Keep, native_, source_.arch);
    if (key == "seccomp.drop") return read_list(value, Mode::Drop, native_, source_.arch);
    if (key == "seccomp.32.keep" && source_.arch == Arch::X86_64)
      return read_list(value, Mode::Keep, second_, Arch::X86);
    if (key == "seccomp.32.drop" && source_.arch == Arch::X86_64)
      return read_list(value, Mode::Drop, second_, Arch::X86);
    if (key == "seccomp.block-secondary") {
      blocks_ = true;
      return std::nullopt;
    }
    if (key == "seccomp-error-action") {
      const auto action = error_action(value);
      if (!action)
        return problem_at(source_, line_,
                          fmt::format("\"{}\" is no error action", shorten(value, 40)),
                          "kill, log or an errno such as EPERM");
      error_ = *action;
      return std::nullopt;
    }
    if (key == "seccomp" || key == "seccomp.32")
      return problem_at(source_, line_, "firejail's own default list is not known here",
                        "write the calls out with seccomp.drop");
    notes_.push_back(fmt::format("line {}: {} installs a filter of its own, which is not read",
                                 line_, shorten(key, 40)));
    return std::nullopt;
  }

  Refusal read_list(std::string_view value, Mode mode, std::optional<List>& list, Arch arch) {
    if (list && list->mode != mode)
      return problem_at(source_, line_,
                        "keep and drop beside each other: firejail refuses the profile",
                        "keep one of them");
    if (!list) list.emplace(List{});
    list->mode = mode;
    for (std::string_view word : split(value, ',')) {
      word = trim(word);
      if (word.empty()) continue;
      const std::size_t colon = word.find(':');
      std::optional<Effect> own;
      if (colon != std::string_view::npos) own = error_action(word.substr(colon + 1));
      if (colon != std::string_view::npos && (!own || mode == Mode::Keep))
        return problem_at(source_, line_,
                          fmt::format("\"{}\" cannot carry an errno here", shorten(word, 60)),
                          "seccomp.drop NAME:ERRNO");
      if (auto problem = read_name(word.substr(0, colon), own, *list, arch)) return problem;
    }
    return std::nullopt;
  }

  Refusal read_name(std::string_view name, std::optional<Effect> own, List& list, Arch arch) {
    if (name.starts_with('@'))
      return problem_at(source_, line_,
                        fmt::format("firejail's group {} is not known here", shorten(name, 40)),
                        "firejail --debug-syscalls lists the calls: write them out");
    if (name.starts_with('!'))
      return problem_at(source_, line_,
                        "exceptions from firejail's own default list are not known here",
                        "write the calls out with seccomp.drop");
    if (name.starts_with('$')) {
      const auto number = parse_decimal(name.substr(1));
      const kernel::NameId known = number && *number <= INT32_MAX
                                       ? kernel::name_at({arch, static_cast<std::int32_t>(*number)})
                                       : kernel::kNoName;
      if (known == kernel::kNoName) {
        notes_.push_back(fmt::format("line {}: number {} has no name on {}: it is left out", line_,
                                     shorten(name, 20), kernel::name(arch)));
        return std::nullopt;
      }
      name = kernel::name_of(known);
    } else if (kernel::find_name(name) == kernel::kNoName) {
      notes_.push_back(
          fmt::format("line {}: no architecture has a call \"{}\", firejail ignores it", line_,
                      shorten(name, 60)));
      return std::nullopt;
    }
    list.names[std::string(name)] = own;
    return std::nullopt;
  }

  Ordered meaning_of(const std::optional<List>& list, std::string_view name) const {
    const Effect allow = effect(Action::Allow);
    if (!list) return {{}, allow, true};
    const auto found = list->names.find(std::string(name));
    if (list->mode == Mode::Drop)
      return {{}, found == list->names.end() ? allow : found->second.value_or(error_), true};
    const bool kept = found != list->names.end() ||
                      std::find(kAlwaysKept.begin(), kAlwaysKept.end(), name) != kAlwaysKept.end();
    return {{}, kept ? allow : error_, true};
  }

  Result<ForeignProfile> finish() {
    if (!native_)
      return fail(problem_at(source_, 1, "no seccomp.keep and no seccomp.drop is in it",
                             "name a firejail profile"));
    if (second_ && second_->mode != native_->mode)
      return fail(problem_at(
          source_, 1,
          "one list keeps and the other drops: one profile cannot hold both architectures"));
    ProfileBuilder builder(native_->mode == Mode::Keep ? error_ : effect(Action::Allow));
    std::vector<std::string> differ;
    for (const std::string_view name : kernel::all_names()) {
      const kernel::NameId id = kernel::find_name(name);
      const Ordered first = meaning_of(native_, name), other = meaning_of(second_, name);
      const bool on_native = kernel::number_of(id, source_.arch).has_value(),
                 on_second = second_ && kernel::number_of(id, Arch::X86).has_value();
      if (on_native && on_second && first.otherwise != other.otherwise) differ.emplace_back(name);
      builder.add(name, on_native   ? first.otherwise
                        : on_second ? other.otherwise
                                    : first.otherwise);
    }
    if (!differ.empty())
      notes_.push_back(fmt::format(
          "32-bit programs are answered otherwise than the profile says for {}", few_of(differ)));
    NewProfile made = builder.finish();
    made.architectures = {source_.arch};
    if (second_) made.architectures.push_back(Arch::X86);
    if (blocks_)
      notes_.push_back(
          fmt::format("calls of other architectures get {} and not death", text_of(error_)));
    else
      notes_.push_back("calls of other architectures run unfiltered; a profile kills them");
    auto profile = as_profile(made, source_.path);
    if (!profile) return fail(std::move(profile.error()));
    return ForeignProfile{std::move(*profile), std::move(notes_)};
  }

  const ForeignText& source_;
  std::size_t line_ = 0;
  std::optional<List> native_, second_;
  Effect error_ = effect(Action::Errno, kernel::kEPERM);
  bool blocks_ = false;
  std::vector<std::string> notes_;
};

std::string call_word(const CallMeaning& call) {
  return kernel::known_to_libseccomp(call.name, kNamesKnown)
             ? std::string(kernel::name_of(call.name))
             : fmt::format("${}", call.id.number & ~kernel::kX32Bit);
}

bool may_run(const Ordered& meaning, Unsayable unsayable) {
  const auto effects = effects_of(meaning);
  const auto runs = [](const Effect& e) { return kernel::lets_run(e.action); };
  return unsayable == Unsayable::Permit ? std::any_of(effects.begin(), effects.end(), runs)
                                        : std::all_of(effects.begin(), effects.end(), runs);
}

// The errno of a call that is dropped; nothing: it dies.
std::optional<std::uint32_t> errno_of(const Ordered& meaning) {
  for (const Effect& each : effects_of(meaning)) {
    if (each.action == Action::Errno) return each.errno_value;
  }
  return std::nullopt;
}

std::string keep_words(const ArchMeaning& arch, Unsayable unsayable) {
  std::string out;
  for (const CallMeaning& call : arch.calls) {
    if (may_run(call.meaning, unsayable)) out += (out.empty() ? "" : ",") + call_word(call);
  }
  return out;
}

std::string drop_words(const ArchMeaning& arch, Unsayable unsayable) {
  std::string out;
  for (const CallMeaning& call : arch.calls) {
    if (may_run(call.meaning, unsayable)) continue;
    const auto number = errno_of(call.meaning);
    const auto name = number ? kernel::errno_name(static_cast<int>(*number)) : std::string_view();
    out +=
        (out.empty() ? "" : ",") + call_word(call) + (name.empty() ? "" : fmt::format(":{}", name));
  }
  return out;
}

}  // namespace

Result<ForeignProfile> read_firejail(const ForeignText& source) {
  return ProfileReader(source).run();
}

Result<Converted> write_firejail(const Conversion& conversion) {
  auto meaning = meaning_of(conversion.evaluator);
  if (!meaning) return fail(std::move(meaning.error()));
  const Effect fallback = meaning->fallback;
  const bool keeps = !kernel::lets_run(fallback.action);
  Converted out;
  bool second = false;
  for (const ArchMeaning& arch : meaning->archs) {
    const bool native = arch.arch == conversion.context.arch;
    if (!native && (arch.arch != Arch::X86 || conversion.context.arch != Arch::X86_64)) continue;
    second = second || !native;
    const std::string words =
        keeps ? keep_words(arch, conversion.unsayable) : drop_words(arch, conversion.unsayable);
    if (words.empty() && native)
      return fail(refusal("no call would be listed: firejail then takes a list of its own",
                          "firejail cannot hold this profile"));
    const std::string line =
        fmt::format("seccomp{}.{} {}", native ? "" : ".32", keeps ? "keep" : "drop", words);
    if (line.size() >= kMaxLine)
      return fail(
          refusal(fmt::format("a line of {} bytes: firejail takes {}", line.size(), kMaxLine - 1)));
    if (!words.empty()) out.text += line + "\n";
  }
  if (!second) out.text += "seccomp.block-secondary\n";
  if (fallback.action == Action::KillProcess || fallback.action == Action::KillThread)
    out.text += "seccomp-error-action kill\n";
  else if (fallback.action == Action::Errno &&
           !kernel::errno_name(static_cast<int>(fallback.errno_value)).empty())
    out.text += fmt::format("seccomp-error-action {}\n",
                            kernel::errno_name(static_cast<int>(fallback.errno_value)));
  out.losses.push_back(
      second ? "calls of other architectures are answered by firejail's own filter and not killed"
             : fmt::format("calls of other architectures get {} and are not killed",
                           keeps ? text_of(fallback) : "errno EPERM"));
  if (!conversion.evaluator.flat().flags.empty())
    out.losses.push_back("firejail takes no filter flags");
  return out;
}

bool looks_like_firejail(std::string_view text) {
  return any_line_starts(text, "seccomp.") || any_line_starts(text, "seccomp ");
}

}  // namespace medic::profile::formats
