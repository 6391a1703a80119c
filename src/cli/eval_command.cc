#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "base/text.h"
#include "cli/call_text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "cli/session.h"
#include "io/growing.h"
#include "io/reader.h"
#include "kernel/errno.h"
#include "policy/program_check.h"

namespace medic::cli {
namespace {

using profile::Verdict;

nlohmann::ordered_json answer_json(const kernel::Call& call, const Verdict& verdict) {
  const std::string_view name = kernel::known_name(call.id);
  nlohmann::ordered_json out = {
      {"arch", kernel::name(call.id.arch)},
      {"number", call.id.number},
      {"syscall", name.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(name)}};
  out.update(verdict_json(verdict, call.id.arch));
  return out;
}

std::string args_text(const kernel::Args& args) {
  if (args.known == 0) return {};
  std::string out;
  for (unsigned i = 0; i < kernel::kArgCount && (args.known >> i) != 0; ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : ", ",
                       !args.has(i)            ? "?"
                       : args.value[i] < 10000 ? fmt::format("{}", args.value[i])
                                               : fmt::format("{:#x}", args.value[i]));
  }
  return "(" + out + ")";
}

std::string verdict_text(const kernel::Call& call, const Verdict& verdict,
                         const std::string& path) {
  const std::string_view name = kernel::known_name(call.id);
  std::string action(kernel::json_name(verdict.action));
  if (verdict.action == kernel::Action::Errno)
    action = kernel::errno_text(verdict.errno_value, call.id.arch);
  // "allow" says it all; an allow that is logged, and every other decision, goes with its action.
  action = verdict.action == kernel::Action::Allow ? "" : ", " + action;
  std::string out = fmt::format(
      "{}{} ({} {}): {}{}\n",
      name.empty() ? fmt::format("syscall_{:#x}", static_cast<std::uint32_t>(call.id.number))
                   : std::string(name),
      args_text(call.args), kernel::name(call.id.arch), call.id.number,
      profile::json_name(verdict.decision), action);
  out += fmt::format("    {}\n", escape_for_terminal(verdict.why));
  if (verdict.line != 0) out += fmt::format("    {}:{}\n", escape_for_terminal(path), verdict.line);
  return out;
}

// Output grows with the number of calls, so it is handed on in pieces.
class Answers {
 public:
  Answers(std::string format, std::string path)
      : format_(std::move(format)), path_(std::move(path)) {}
  int add(const kernel::Call& call, const Verdict& verdict) {
    if (format_ == "text") {
      text_ += verdict_text(call, verdict, path_);
    } else if (format_ == "jsonl") {
      text_ +=
          escape_json(answer_json(call, verdict)
                          .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) +
          "\n";
    } else {
      array_.push_back(answer_json(call, verdict));
    }
    return text_.size() > (std::size_t{1} << 16) ? flush() : kDone;
  }
  int finish() {
    if (format_ == "json")
      text_ = escape_json(
                  array_.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) +
              "\n";
    return flush();
  }

 private:
  int flush() {
    const std::string text = std::exchange(text_, {});
    return text.empty() ? kDone : print(text);
  }
  std::string format_, path_, text_;
  nlohmann::ordered_json array_ = nlohmann::ordered_json::array();
};

// The machines that calls are judged on. --arch, or a profile that lists architectures, names one
// machine; where neither does, a call that names its architecture is judged on a machine of that
// architecture.
class Machines {
 public:
  Machines(const profile::Profile& profile, profile::Context context, kernel::Arch native,
           bool fixed)
      : profile_(profile), context_(std::move(context)), native_(native), fixed_(fixed) {}

  kernel::Arch native() const { return native_; }
  Result<Verdict> evaluate(const kernel::Call& call) {
    const kernel::Arch machine = fixed_ ? native_ : kernel::info(call.id.arch).parent;
    auto found = made_.find(machine);
    if (found == made_.end()) {
      context_.arch = machine;
      auto evaluator = profile::Evaluator::make(profile_, context_);
      if (!evaluator) return fail(std::move(evaluator.error()));
      found = made_.emplace(machine, std::move(*evaluator)).first;
    }
    return found->second.evaluate(call);
  }

 private:
  const profile::Profile& profile_;
  profile::Context context_;
  kernel::Arch native_;
  bool fixed_;
  std::map<kernel::Arch, profile::Evaluator> made_;
};

int answer(const kernel::Call& call, Machines& machines, Answers& answers) {
  const auto verdict = machines.evaluate(call);
  return verdict ? answers.add(call, *verdict) : refuse(verdict.error());
}

int evaluate_all(io::Reader& reader, const std::string& path, Machines& machines,
                 Answers& answers) {
  std::uint64_t number = 0;
  for (;;) {
    auto block = reader.next();
    if (!block) return refuse(block.error());
    if (!*block) return answers.finish();
    for (std::string_view line : split((*block)->text, '\n')) {
      ++number;
      line = trim(line);
      if (line.empty() || line.front() == '#') continue;
      auto call = parse_call(line, machines.native());
      if (!call) {
        call.error().file = path == "-" ? "<stdin>" : path;
        call.error().line = number;
        answers.finish();
        return refuse(call.error());
      }
      if (const int code = answer(*call, machines, answers); code != kDone) return code;
    }
    --number;  // the block ends in a newline: its last piece is empty
  }
}

// The call before the profile is a slip that no file of that name would explain.
Result<void> check_order(const List& words) {
  const bool swapped =
      words.size() > 1 &&
      kernel::find_name(words[0].substr(0, words[0].find('('))) != kernel::kNoName &&
      !is_built_in(words[0]) && !io::file_status(words[0]) &&
      !profile_kind_of_file(words[1]).empty();
  if (!swapped) return {};
  return usage_failure<void>("the profile comes first, then the calls",
                             fmt::format("seccomp-medic eval {} '{}'", words[1], words[0]));
}

}  // namespace

int run_eval(const EvaluateOptions& args) {
  const std::string format = args.format.value_or("text");
  if (format != "text" && format != "json" && format != "jsonl")
    return refuse(
        usage_problem(fmt::format("unknown --format '{}'", format), "text, json or jsonl"));
  if (args.positional.empty())
    return refuse(usage_problem("no profile is named", "seccomp-medic eval PROFILE 'mkdir'"));
  if (args.positional.size() < 2 && !args.calls.has_value())
    return refuse(
        usage_problem("no call is named",
                      "seccomp-medic eval PROFILE 'socket(AF_VSOCK, 1, 0)', or --calls FILE"));
  auto context = context_of(args);
  if (!context) return refuse(context.error());
  Problems notes;
  const std::string& path = args.positional.front();
  if (const auto swapped = check_order(args.positional); !swapped) return refuse(swapped.error());
  auto profile = load_profile(path, notes, context->arch);
  if (!profile) return refuse(profile.error());
  const auto native = machine_of(args, &*profile);
  if (!native) return refuse(native.error());
  context->arch = *native;
  if (auto notice = profile::program_notice(*profile, *context))
    notes.push_back(std::move(*notice));
  tell(notes, args);
  const bool fixed =
      args.arch.has_value() || (profile->architectures && !profile->architectures->empty());
  Machines machines(*profile, std::move(*context), *native, fixed);
  Answers answers(format, path);
  for (std::size_t i = 1; i < args.positional.size(); ++i) {
    auto call = parse_call(args.positional[i], args.arch.has_value()
                                                   ? *kernel::arch_from_any(args.arch.value_or(""))
                                                   : *native);
    if (!call) {
      call.error().kind = ProblemKind::Usage;
      return refuse(call.error());
    }
    if (const int code = answer(*call, machines, answers); code != kDone) return code;
  }
  if (!args.calls.has_value()) return answers.finish();
  auto reader = io::open_reader(args.calls.value_or(""), io::ReaderOptions{});
  if (!reader) return refuse(reader.error());
  return evaluate_all(**reader, args.calls.value_or(""), machines, answers);
}

}  // namespace medic::cli
