// Which default profile was it? Simulated: every content of the table under runtimes, libseccomp
// releases and capabilities.
#include "policy/which_default.h"

#include <doctest/doctest.h>

#include <random>

using namespace medic;
using namespace medic::profile;
using Outcome = SeenCall::Outcome;

namespace {

Context on_x86_64() {
  Context context;
  context.arch = kernel::Arch::X86_64;
  return context;
}

SeenCall seen(std::string_view call, Outcome outcome, int error = 0,
              std::initializer_list<std::uint64_t> args = {}) {
  SeenCall out{
      {{kernel::Arch::X86_64, *kernel::number_of(kernel::find_name(call), kernel::Arch::X86_64)},
       {}},
      outcome,
      error};
  unsigned index = 0;
  for (const std::uint64_t value : args) out.call.args.set(index++, value);
  return out;
}

Match match(const std::vector<SeenCall>& calls, std::vector<const Engine*> engines = {}) {
  Surroundings around;
  around.context = on_x86_64();
  around.engines = std::move(engines);
  return which_default(calls, around);
}

std::string docker(const std::vector<SeenCall>& calls) {
  return describe(match(calls, {find_engine("docker")}));
}

Profile profile_of(std::size_t content) {
  Problems notes;
  return *read_profile(write_default_profile(content), {}, notes);
}

bool names(const Match& result, std::size_t content) {
  return std::any_of(result.fits.begin(), result.fits.end(),
                     [&](const Fit& fit) { return fit.content == content; });
}

// What a container shows that runs under it: calls at random, each with what the filter, or the
// kernel behind it, made of it.
class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed) {}
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  template <class T>
  const T& any_of(const std::vector<T>& list) {
    return list[random_() % list.size()];
  }

  std::vector<SeenCall> run(const Evaluator& filter, std::size_t calls) {
    const auto table = kernel::table(kernel::Arch::X86_64);
    std::vector<SeenCall> out;
    for (std::size_t i = 0; i < calls; ++i) {
      SeenCall each{
          {{kernel::Arch::X86_64, table[random_() % table.size()].number}, {}}, Outcome::Passed, 0};
      for (unsigned arg = 0; arg < kernel::kArgCount; ++arg)
        each.call.args.set(arg, any_of(kValues));
      const Verdict verdict = filter.evaluate(each.call);
      if (verdict.mixed) continue;  // no judge here
      if (!kernel::lets_run(verdict.action)) {
        each.outcome = chance(30) ? Outcome::Refused : Outcome::Either;
        each.errno_value = verdict.errno_value;
      } else if (chance(20)) {
        each.outcome = Outcome::Either;  // the kernel's own
        each.errno_value = chance(50) ? 1 : 38;
      }
      out.push_back(each);
    }
    return out;
  }

 private:
  const std::vector<std::uint64_t> kValues{0,  1,  2,       8,          9,         16,
                                           38, 40, 0x20000, 0x10000000, 0xFFFFFFFF};
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("A few calls name the release: clone3's errno, io_uring, vsock") {
  CHECK(docker({seen("clone3", Outcome::Either, 38), seen("io_uring_setup", Outcome::Passed),
                seen("socket", Outcome::Passed, 0, {40, 1, 0})})
            .starts_with("Docker 20.10.10 to 20.10.21"));
  CHECK(
      docker({seen("io_uring_setup", Outcome::Refused, 1), seen("close_range", Outcome::Passed)}) ==
      "Docker from 25.0.0 on (2 calls decide: close_range, io_uring_setup)");
  CHECK(docker({seen("io_uring_setup", Outcome::Refused, 1)})
            .starts_with(
                "Docker 1.11.0 to 19.03.15, from 25.0.0 on, or others with an old libseccomp"));
}

TEST_CASE(
    "The release that explains a refusal is taken before a newer one that leaves it to the "
    "kernel") {
  const Match result =
      match({seen("clone3", Outcome::Either, 38), seen("socket", Outcome::Either, 1, {40, 1, 0})},
            {find_engine("docker")});
  REQUIRE_FALSE(result.fits.empty());
  CHECK(result.fits.front().explains == 2);
  CHECK(result.best_name() == "docker@" + std::string(find_engine("docker")->shipped.back().text));
}

TEST_CASE("A call that passed though no default permits it rules all of them out") {
  const Match result = match({seen("add_key", Outcome::Passed)});
  CHECK(result.fits.empty());
  CHECK(result.best_name().empty());
  CHECK(describe(result) == "none that is known: a custom profile (by add_key)");
  CHECK(match({seen("read", Outcome::Refused, 1)}).fits.empty());
  CHECK(match({seen("clone3", Outcome::Refused, 13)}).fits.empty());
}

TEST_CASE("Without evidence nothing is ruled out, and that is said") {
  const Match result = match({});
  CHECK(result.fits.size() == result.considered);
  CHECK(describe(result).find("no call here distinguishes them") != std::string::npos);
}

TEST_CASE("A capability that was granted is found out, and known capabilities count") {
  const std::vector<SeenCall> mounted{seen("mount", Outcome::Passed, 0, {0, 0, 0, 0, 0})};
  const Match open = match(mounted, {find_engine("docker")});
  REQUIRE_FALSE(open.fits.empty());
  CHECK_FALSE(open.fits.front().usual_caps);
  Surroundings around;
  around.context = on_x86_64();
  around.caps_known = true;
  around.engines = {find_engine("docker")};
  CHECK(which_default(mounted, around).fits.empty());
}

TEST_CASE("runc's answer to calls newer than the profile distinguishes runtimes") {
  const Match stub = match({seen("statmount", Outcome::Refused, 38)}, {find_engine("docker")});
  const Match none =
      match({seen("statmount", Outcome::Refused, 1), seen("clone3", Outcome::Refused, 38),
             seen("io_uring_setup", Outcome::Passed)},
            {find_engine("docker")});
  REQUIRE_FALSE(stub.fits.empty());
  REQUIRE_FALSE(none.fits.empty());
  for (const Fit& fit : stub.fits) CHECK(fit.runtime == Runtime::Runc);
  for (const Fit& fit : none.fits) CHECK(fit.runtime == Runtime::Crun);
}

TEST_CASE(
    "Simulated over all contents: the true one is always among those named, and much evidence "
    "names few") {
  Simulation simulation(20261201);
  const std::vector<Runtime> runtimes{Runtime::Runc, Runtime::Crun};
  const std::vector<kernel::LibseccompVersion> libraries{
      {}, {2, 5, 4}, {2, 5, 1}, {2, 4, 1}, {2, 3, 3}};
  const std::vector<const char*> caps{
      "default",    "default",          "all",          "none",
      "+SYS_ADMIN", "+SYS_PTRACE,+BPF", "-AUDIT_WRITE", "+SYS_NICE,+SYSLOG,+PERFMON"};
  std::size_t runs = 0, few = 0, much = 0;
  for (const Engine& engine : all_engines()) {
    if (engine.name == "podman" || engine.name == "buildah") continue;  // containers-common's
    std::set<std::size_t> contents;
    for (const Engine::Shipped& each : engine.shipped) contents.insert(each.content);
    for (const std::size_t content : contents) {
      Context context = on_x86_64();
      context.runtime = simulation.any_of(runtimes);
      context.libseccomp = simulation.any_of(libraries);
      context.caps = *parse_caps(simulation.any_of(caps));
      const auto filter = Evaluator::make(profile_of(content), context);
      REQUIRE(filter);
      const std::size_t calls = runs % 2 == 0 ? 15 : 150;
      const Match result = match(simulation.run(*filter, calls), {&engine});
      CHECK_MESSAGE(names(result, content), engine.name, ": content ", content, " with ", calls,
                    " calls: ", describe(result));
      ++runs;
      much += calls == 150 ? 1 : 0;
      few += calls == 150 && result.fits.size() * 2 <= result.considered ? 1 : 0;
    }
  }
  CHECK(runs > 75);
  CHECK(few * 100 >= much * 70);
}
