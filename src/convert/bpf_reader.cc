// From a compiled program to a profile: each call's ways through the program, as rules; then the
// rules' own verdicts against the program's.
#include <fmt/format.h>
#include <linux/filter.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "libseccomp/compile.h"
#include "libseccomp/judge.h"
#include "convert/bpf_regions.h"

namespace medic::profile::formats {
namespace {

// No machine's AUDIT_ARCH_*.
constexpr std::uint32_t kNoArch = 0x12345678;
constexpr std::int32_t kBeyond = 64;  // so many numbers above the last known call are asked about

class Decompiler {
 public:
  Decompiler(const ForeignText& source, Program program)
      : source_(source), program_(std::move(program)) {}

  Result<ForeignProfile> run() {
    if (auto problem = find_archs()) return fail(std::move(*problem));
    resolve_fallback();
    ProfileBuilder builder(fallback_);
    for (const Arch arch : archs_) {
      for (const kernel::TableRow& row : kernel::table(arch)) {
        if (auto problem = add({arch, row.number}, row.name, builder))
          return fail(std::move(*problem));
      }
    }
    NewProfile made = builder.finish();
    made.architectures = archs_;
    auto profile = as_profile(made, source_.path);
    if (!profile) return fail(std::move(profile.error()));
    if (auto problem = compare(*profile)) return fail(std::move(*problem));
    return ForeignProfile{std::move(*profile), std::move(notes_)};
  }

 private:
  using Refusal = std::optional<Problem>;

  Problem wrong(std::string text, std::string hint = {}) const {
    Problem problem = refusal(std::move(text), std::move(hint));
    problem.file = source_.path;
    return problem;
  }

  // What the architecture's word is compared with: from each load of it, along every jump, until
  // something else is loaded.
  std::set<std::uint32_t> compared_archs() const {
    std::set<std::uint32_t> out;
    std::set<std::size_t> seen;
    std::vector<std::size_t> open;
    for (std::size_t at = 0; at < program_.size(); ++at) {
      if (program_[at].code == (BPF_LD | BPF_W | BPF_ABS) && program_[at].k == 4)
        open.push_back(at + 1);
    }
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (at >= program_.size() || !seen.insert(at).second ||
          BPF_CLASS(program_[at].code) != BPF_JMP)
        continue;
      const Instruction& in = program_[at];
      if (in.code == (BPF_JMP | BPF_JA)) {
        open.push_back(at + 1 + in.k);
        continue;
      }
      out.insert(in.k);
      open.push_back(at + 1 + in.jump_true);
      open.push_back(at + 1 + in.jump_false);
    }
    return out;
  }

  // Does every number of the architecture die by KILL_THREAD, as an architecture's that a filter
  // does not know?
  bool all_die(Arch arch) const {
    kernel::Args args;
    const auto rows = kernel::table(arch);
    return std::all_of(rows.begin(), rows.end(), [&](const kernel::TableRow& row) {
      return run_for(program_, {arch, row.number}, args) == effect(Action::KillThread);
    });
  }

  Refusal find_archs() {
    const auto compared = compared_archs();
    for (const kernel::ArchInfo& each : kernel::all_archs()) {
      if (compared.contains(each.audit_arch) && byte_order(each.arch) == ByteOrder::Little &&
          !all_die(each.arch))
        archs_.push_back(each.arch);
    }
    if (archs_.empty()) {
      archs_.push_back(source_.arch);
      notes_.push_back(
          fmt::format("the program does not look at the architecture: it is read for {}",
                      kernel::name(source_.arch)));
    }
    const auto native = std::find(archs_.begin(), archs_.end(), source_.arch);
    if (native == archs_.end())
      return wrong(fmt::format("the program is made for {}, not for {}",
                               kernel::name(archs_.front()), kernel::name(source_.arch)),
                   fmt::format("--arch {}", kernel::name(archs_.front())));
    std::rotate(archs_.begin(), native, native + 1);
    const Effect other = effect_of(medic::profile::run(program_, {0, kNoArch, 0, {}}));
    if (other != effect(Action::KillThread))
      notes_.push_back(
          fmt::format("calls of other architectures get {}; a profile kills them", text_of(other)));
    return std::nullopt;
  }

  // The default action: what most numbers without a name get.
  void resolve_fallback() {
    std::map<Effect, std::size_t> counts;
    for (const Arch arch : archs_) {
      const auto rows = kernel::table(arch);
      const std::int32_t first = rows.front().number, last = rows.back().number + kBeyond;
      std::size_t row = 0;
      for (std::int32_t number = first; number <= last; ++number) {
        while (row < rows.size() && rows[row].number < number) ++row;
        if (row < rows.size() && rows[row].number == number) continue;
        if (number - first > 4096 && number < rows.back().number)
          continue;  // a wide hole between blocks of numbers
        ++counts[run_for(program_, {arch, number}, {})];
      }
    }
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    fallback_ = most == counts.end() ? effect(Action::KillThread) : most->first;
    for (const auto& [other, count] : counts) {
      if (other != fallback_)
        notes_.push_back(
            fmt::format("numbers that have no name get {} in part; the profile gives them {}",
                        text_of(other), text_of(fallback_)));
    }
  }

  Refusal add(kernel::SyscallId id, kernel::NameId name, ProfileBuilder& builder) {
    auto tests = tests_of(program_, kernel::info(id.arch).audit_arch, id.number);
    if (!tests) {
      tests.error().file = source_.path;
      tests.error().text +=
          fmt::format(" ({} on {})", kernel::name_of(name), kernel::name(id.arch));
      return tests.error();
    }
    const auto examples = examples_of(*tests);
    auto meaning = examples ? meaning_in({program_, id, *tests, fallback_}) : std::nullopt;
    if (!meaning)
      return wrong(fmt::format("the program cuts the arguments of {} on {} into too many regions",
                               kernel::name_of(name), kernel::name(id.arch)));
    asked_.push_back({id, *examples});
    // Each name as its first architecture has it; a multiplexer's conditions follow from the direct
    // calls.
    const bool multiplexer =
        kernel::name_of(name) == "socketcall" || kernel::name_of(name) == "ipc";
    if (multiplexer && !meaning->branches.empty()) return std::nullopt;
    if (!written_.insert(name).second) return std::nullopt;
    if (!builder.add(kernel::name_of(name), *meaning,
                     static_cast<unsigned>(kernel::info(id.arch).bits))) {
      return wrong(fmt::format("what the program does with {} on {} takes too many rules",
                               kernel::name_of(name), kernel::name(id.arch)));
    }
    return std::nullopt;
  }

  // Every region of every call: what the profile says against what the program does.
  Refusal compare(const Profile& profile) {
    Context context;
    context.judge = &installed_libseccomp();
    context.arch = source_.arch;
    context.runtime = Runtime::None;
    auto evaluator = Evaluator::make(profile, context);
    if (!evaluator) return evaluator.error();
    std::map<std::pair<Effect, Effect>, std::set<std::string>> differ;
    for (const auto& [id, examples] : asked_) {
      for (const kernel::Args& args : examples) {
        const Effect want = run_for(program_, id, args),
                     have = formats::effect_of(evaluator->evaluate({id, args}));
        if (want != have)
          differ[{want, have}].insert(
              fmt::format("{} on {}", kernel::known_name(id), kernel::name(id.arch)));
      }
    }
    for (const auto& [effects, calls] : differ) {
      notes_.push_back(fmt::format("{}: the program gives {}, the profile {}",
                                   few_of({calls.begin(), calls.end()}), text_of(effects.first),
                                   text_of(effects.second)));
    }
    return std::nullopt;
  }

  struct Asked {
    kernel::SyscallId id;
    std::vector<kernel::Args> examples;
  };
  const ForeignText& source_;
  Program program_;
  std::vector<Arch> archs_;  // native first
  Effect fallback_;
  std::vector<Asked> asked_;
  std::set<kernel::NameId> written_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<ForeignProfile> read_bpf(const ForeignText& source) {
  auto program = from_bytes(source.text);
  if (!program) {
    program.error().file = source.path;
    return fail(std::move(program.error()));
  }
  return Decompiler(source, std::move(*program)).run();
}

}  // namespace medic::profile::formats
