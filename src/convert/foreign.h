// What the formats share: the meaning of a profile call by call, rules made from ordered
// alternatives, and the readers and writers themselves.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/errno.h"
#include "convert/format.h"
#include "edit/edit.h"

namespace medic::profile::formats {

using kernel::Action;
using kernel::Arch;

struct Effect {
  Action action = Action::Allow;
  std::uint32_t errno_value = 0;  // of Errno and Trace; else 0
  friend auto operator<=>(const Effect&, const Effect&) = default;
};
Effect effect(Action action, std::uint32_t errno_value = 0);
Effect effect_of(const Verdict& verdict);
std::string text_of(const Effect& effect);  // "allow", "errno EPERM"
// The default action of a profile.
Effect default_of(const Flat& flat);

using Conjunction = std::vector<Condition>;
using Alternatives = std::vector<Conjunction>;  // any of them holds; one that is empty always does

struct Branch {
  Conjunction all;
  Effect effect;
};

// Where no branch holds, `otherwise`. Of branches that hold together the first decides.
struct Ordered {
  std::vector<Branch> branches;
  Effect otherwise;
  bool disjoint = false;  // no two branches hold together
};

// Masked comparisons of one argument joined into one; nothing where they cannot hold together.
std::optional<Conjunction> joined_masks(const Conjunction& all);

// Any of the alternatives that would take more than this is given up.
inline constexpr std::size_t kMaxAlternatives = 1024;
// Conditions that must hold together, at most: six arguments, and their bits one by one.
inline constexpr std::size_t kMaxTogether = 512;

// The argument values that give `wanted`, without a condition twice on one argument. Nothing: too
// many regions.
std::optional<Alternatives> where(const Ordered& meaning, const Effect& wanted, unsigned bits);
// All effects that it can have.
std::vector<Effect> effects_of(const Ordered& meaning);

struct CallMeaning {
  kernel::SyscallId id;
  kernel::NameId name = kernel::kNoName;
  Ordered meaning;
  bool unconditional() const { return meaning.branches.empty(); }
};
struct ArchMeaning {
  Arch arch = Arch::Unknown;
  std::vector<CallMeaning> calls;  // every call of the architecture's table, ascending
};
struct Meaning {
  Effect fallback;                 // the default action
  std::vector<ArchMeaning> archs;  // native first
};
// Of every call that has a name. Fails where a call's arguments fall into too many regions.
Result<Meaning> meaning_of(const Evaluator& evaluator);

// A profile from calls one by one; equal rules share a list of names.
class ProfileBuilder {
 public:
  explicit ProfileBuilder(Effect fallback) : fallback_(fallback) {}
  NewProfile& profile() { return profile_; }
  void add(std::string_view name, const Effect& effect, const Conjunction& conditions = {});
  // Only what differs from the default. False: the conditions fall into too many regions.
  bool add(std::string_view name, const Ordered& meaning, unsigned bits);
  NewProfile finish();

 private:
  Effect fallback_;
  NewProfile profile_;
};

// Reads the profile's own text back, so that every reader's result is what a file would have given.
Result<Profile> as_profile(const NewProfile& made, const std::string& path);

Problem refusal(std::string text, std::string hint = {});
// A place in a line-oriented text; line counts from 1.
Problem problem_at(const ForeignText& source, std::uint64_t line, std::string text,
                   std::string hint = {});
// "did you mean …?" or nothing.
std::string did_you_mean(std::string_view name);
// Lines without their newline, at most kMaxLines.
inline constexpr std::size_t kMaxLines = 100000;
std::vector<std::string_view> lines_of(std::string_view text);
// "a, b and 12 more"
std::string few_of(const std::vector<std::string>& names);
// The first word of a list that starts so.
bool any_line_starts(std::string_view text, std::string_view with);

// The rules that a runtime is given, in its order: gates decided, names resolved.
NewProfile oci_level(const Conversion& conversion, std::vector<std::string>& losses);

// Readers and writers, a file each; the registry names them.
Result<ForeignProfile> read_json_profile(const ForeignText& source);
Result<Converted> write_oci(const Conversion& conversion);
Result<Converted> write_docker(const Conversion& conversion);
Result<Converted> write_podman(const Conversion& conversion);
Result<ForeignProfile> read_spo(const ForeignText& source);
Result<Converted> write_spo_v1(const Conversion& conversion);
Result<Converted> write_spo_v1beta1(const Conversion& conversion);
Result<ForeignProfile> read_systemd(const ForeignText& source);
Result<Converted> write_systemd(const Conversion& conversion);
Result<ForeignProfile> read_minijail(const ForeignText& source);
Result<Converted> write_minijail(const Conversion& conversion);
Result<ForeignProfile> read_kafel(const ForeignText& source);
Result<Converted> write_kafel(const Conversion& conversion);
Result<ForeignProfile> read_lxc(const ForeignText& source);
Result<Converted> write_lxc(const Conversion& conversion);
Result<ForeignProfile> read_firejail(const ForeignText& source);
Result<Converted> write_firejail(const Conversion& conversion);
Result<Converted> write_libseccomp_c(const Conversion& conversion);
Result<ForeignProfile> read_bpf(const ForeignText& source);
Result<Converted> write_bpf(const Conversion& conversion);
Result<ForeignProfile> read_bpf_base64(const ForeignText& source);
Result<Converted> write_bpf_base64(const Conversion& conversion);

bool looks_like_json(std::string_view text);
bool looks_like_spo(std::string_view text);
bool looks_like_systemd(std::string_view text);
bool looks_like_minijail(std::string_view text);
bool looks_like_kafel(std::string_view text);
bool looks_like_lxc(std::string_view text);
bool looks_like_firejail(std::string_view text);
bool looks_like_bpf(std::string_view text);
bool looks_like_bpf_base64(std::string_view text);

}  // namespace medic::profile::formats
