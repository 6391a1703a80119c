// Which default profile was in force, judged by the calls that passed and those that were refused.
// A pure search over all contents of the table, runtimes, libseccomp releases and capabilities, as
// far as they are not known: what is ruled out is ruled out under all of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/default_profiles.h"
#include "policy/evaluate.h"

namespace medic::profile {

// One call that a filter saw, and what became of it.
struct SeenCall {
  enum class Outcome : std::uint8_t {
    Passed,   // it ran: it succeeded, or failed as no filter of an engine makes it fail
    Refused,  // by the filter: the kernel says so
    Either    // it failed with an errno that the filter may have given, or the kernel
  };
  kernel::Call call;
  Outcome outcome = Outcome::Either;
  int errno_value = 0;  // that the caller got; 0: not known
  bool killed = false;  // Refused: otherwise than by an errno
};

struct Surroundings {
  Context context;  // arch must be set; the other members count where they are known
  bool runtime_known = false, libseccomp_known = false, caps_known = false;
  std::vector<const Engine*> engines;  // empty: any
};

// A content that permits what passed and refuses what was refused, and where it does.
struct Fit {
  std::size_t content = 0;
  Runtime runtime = Runtime::Runc;
  kernel::LibseccompVersion libseccomp;
  bool usual_libseccomp =
      true;  // with one that knows every name, or with the known one; else only with an older one
  bool usual_caps = true;    // with the capabilities of the context; else only with others
  std::size_t explains = 0;  // calls of Outcome::Either that it refuses
};

struct Match {
  std::vector<const Engine*> engines;  // that were asked about
  std::vector<Fit>
      fits;  // the likeliest first: it explains the most, then the newest of its engine
  std::size_t considered = 0;         // contents
  std::vector<std::string> deciding;  // names of calls: together they rule out all that is ruled
                                      // out; those that do most first
  const Engine* best_engine() const;  // of fits.front(); null where nothing fits
  std::string best_name()
      const;  // "docker@27.5.1": the newest release that has fits.front(); empty where nothing fits
};

Match which_default(const std::vector<SeenCall>& seen, const Surroundings& surroundings);

// "Docker 20.10.10 to 20.10.17 or containerd 1.5.6 to 1.5.18 (3 calls decide: clone3, openat2,
// statx)"; "none that is known: a custom profile (…)".
std::string describe(const Match& match);

}  // namespace medic::profile
