#include "kernel/own_answers.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "kernel/call_history.h"
#include "kernel/errno.h"

namespace medic::kernel {
namespace {

using namespace rows;

enum class Lsm : std::uint8_t { NoHook, Hook };

struct Row {
  std::string_view calls;
  OwnAnswer eperm, eacces;
  Lsm lsm;
  std::string_view why;
};

struct Exception {
  std::string_view calls;
  int error;
  Where where;
  OwnAnswer answer;
  std::string_view why;
};

constexpr Row kRows[] = {
#define OWN(calls, eperm, eacces, lsm, why) \
  {calls, OwnAnswer::eperm, OwnAnswer::eacces, Lsm::lsm, why},
#define EXCEPT(calls, error, test, answer, why)
#include "kernel/own_answers.inc"
#undef OWN
#undef EXCEPT
};

constexpr Exception kExceptions[] = {
#define OWN(calls, eperm, eacces, lsm, why)
#define EXCEPT(calls, error, test, answer, why) {calls, error, test, OwnAnswer::answer, why},
#include "kernel/own_answers.inc"
#undef OWN
#undef EXCEPT
};

// A row of kRows by NameId; built once.
std::vector<const Row*> index_rows() {
  std::vector<const Row*> out(all_names().size(), nullptr);
  for (const Row& row : kRows) {
    for (const std::string_view name : split(row.calls, '|')) {
      if (const NameId id = find_name(name); id != kNoName) out[id] = &row;
    }
  }
  return out;
}

const Row* row_of(NameId id) {
  static const std::vector<const Row*> rows_by_name = index_rows();
  return id < rows_by_name.size() ? rows_by_name[id] : nullptr;
}

// EPERM and EACCES: the row, then what the arguments make of it. Where an argument is not known,
// the least innocent answer counts.
OwnAnswers permission_answer(const Row& row, NameId id, const Args& args, int error) {
  const OwnAnswer plain = error == kEPERM ? row.eperm : row.eacces;
  OwnAnswers out{plain, row.lsm == Lsm::Hook,
                 plain == OwnAnswer::Never ? std::string_view{} : row.why};
  const std::string_view name = name_of(id);
  OwnAnswers worst = out;
  bool open = false;
  for (const Exception& each : kExceptions) {
    if (each.error != error || !lists(each.calls, name)) continue;
    const Holds answer = holds(each.where, args);
    if (answer == Holds::No) continue;
    const OwnAnswers then{each.answer, out.asks_lsm,
                          each.answer == OwnAnswer::Never ? std::string_view{} : each.why};
    if (answer == Holds::Yes) return open && worst.answer > then.answer ? worst : then;
    open = true;
    if (then.answer > worst.answer) worst = then;
  }
  return worst;
}

// net/socket.c __sock_create() and net/*: families that are compiled into every kernel that runs
// containers.
OwnAnswers family_answer(NameId id, const Args& args) {
  const std::string_view name = name_of(id);
  if (name != "socket" && name != "socketpair")
    return {OwnAnswer::Depends, false, "the address's family does not fit the socket"};
  if (!args.has(0)) return {OwnAnswer::Depends, false, "the kernel lacks the family"};
  switch (args.value[0] & 0xFFFFFFFF) {
    case 1:
    case 2:
    case 16: return {OwnAnswer::Never, false, {}};
    case 10: return {OwnAnswer::Rarely, false, "the kernel was started with ipv6.disable=1"};
    case 17: return {OwnAnswer::Rarely, false, "a small kernel without CONFIG_PACKET"};
    default:
      return {OwnAnswer::Depends, false,
              "the kernel lacks the family, or its module is not loaded"};
  }
}

}  // namespace

bool has_own_answers(NameId id) { return row_of(id) != nullptr; }

OwnAnswers own_answer(NameId id, const Args& registers, int error, Arch arch,
                      std::optional<KernelVersion> kernel) {
  const Row* row = row_of(id);
  if (row == nullptr) return {};
  const Args args = in_common_order(id, registers, arch);
  if (error == kEPERM || error == kEACCES) return permission_answer(*row, id, args, error);
  if (error == kENOSYS) return absence_answer(id, arch, kernel);
  if (error == kEAFNOSUPPORT) return family_answer(id, args);
  return {};
}

}  // namespace medic::kernel
