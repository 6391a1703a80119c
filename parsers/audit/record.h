// One audit record cut out of a line: its type, stamp, node and body, whatever form of text it came
// in. Views into the line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::audit {

// The record types that mean something here (include/uapi/linux/audit.h, audit-userspace's
// msg_typetab.h); all others are Other.
enum class Type : std::uint8_t {
  Other,
  Seccomp,       // 1326
  Syscall,       // 1300
  Execve,        // 1309
  Path,          // 1302
  Cwd,           // 1307
  Proctitle,     // 1327
  Eoe,           // 1320
  TaskContexts,  // 1425 MAC_TASK_CONTEXTS
  Avc,           // 1400: SELinux, SMACK and AppArmor
  UserAvc,       // 1107
  SelinuxErr,    // 1401
  AnomAbend,  // 1701; before Linux 3.5's own type it also stood for seccomp, with reason="seccomp"
  ConfigChange,    // 1305
  LandlockAccess,  // 1423
  LandlockDomain,  // 1424: whose sandbox a LANDLOCK_ACCESS names
  IpeAccess,       // 1420
  Integrity,       // 1800 to 1807
  VirtControl,     // 2500
  ContainerOp,     // 1020: of kernels with audit container ids, which never came upstream
  ContainerId,     // of these kernels too, its number another record's elsewhere
  ObjPid,          // 1318: the target of a signal; a CONTAINER_ID that follows is the target's
  ServiceStart,    // 1130: of systemd
  ServiceStop      // 1131
};

Type type_from_name(std::string_view name);  // SECCOMP, AVC, UNKNOWN[1326], 1326
Type type_from_number(std::uint64_t number);

// How values are written. Raw: as the kernel prints them. Interpreted: by ausearch -i, words
// instead of numbers, nothing hex-encoded.
enum class Style : std::uint8_t { Raw, Interpreted };

struct Record {
  Type type = Type::Other;
  Style style = Style::Raw;
  model::Time time;
  std::int64_t serial = -1;
  std::string_view node;
  std::string_view body;  // the fields, up to auditd's enrichment (0x1d) where that is still marked
  std::int64_t pid = -1;  // known by the framing, for records without pid=
  // By the framing: who may have put the line there. What its type says stands in provenance_of().
  model::Provenance provenance = model::Provenance::Kernel;
};

// Who may have written the record: USER_*, VIRT_CONTROL and SERVICE_* are sent by processes with
// CAP_AUDIT_WRITE (kernel/audit.c: types 1100 to 1199 and 2100 to 2999).
model::Provenance provenance_of(const Record& record);

enum class Found : std::uint8_t { Record, Foreign, Damaged };

// The type of a line that begins with `type=`, and where its word ends; npos where the line ends
// with it.
struct TypeWord {
  Type type = Type::Other;
  std::size_t end = std::string_view::npos;
};
TypeWord read_type_word(std::string_view line);

// A line that begins with `type=` or `node=`. rest: what follows the record when another one is
// glued to it, else empty. Fields of record are set when Record is returned, its type when Damaged.
Found read_auditd(std::string_view line, Record& record, std::string_view& rest);
// One that begins with the `type=` of that word.
Found read_auditd(std::string_view line, const TypeWord& word, Record& record,
                  std::string_view& rest);

// Cuts the body where another record begins whose line end was lost; rest: from there on, else
// empty.
void split_glued(Record& record, std::string_view& rest);

// A kernel-log or syslog line, the record standing anywhere in it. rest as above.
Found read_text(std::string_view line, Record& record, std::string_view& rest);

// Whichever of the two the line is.
bool is_auditd(std::string_view line);
inline Found read_line(std::string_view line, Record& record, std::string_view& rest) {
  return is_auditd(line) ? read_auditd(line, record, rest) : read_text(line, record, rest);
}

}  // namespace medic::parsers::audit
