// One machine instruction, as much of it as a call graph and a search for constants need, the same
// for every architecture.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/arch.h"

namespace medic::elf {

// Stop: control does not come back (ud2, hlt). Branch: a conditional jump.
enum class Flow : std::uint8_t {
  Next,
  Call,
  Jump,
  Branch,
  IndirectCall,
  IndirectJump,
  Return,
  Syscall,
  CompatSyscall,
  Stop
};

// Does the next instruction follow it?
inline bool falls_through(Flow flow) {
  return flow != Flow::Jump && flow != Flow::IndirectJump && flow != Flow::Return &&
         flow != Flow::Stop;
}

// Where a value lies. Sp and Fp count bytes from the stack pointer before the instruction and from
// the frame pointer; Stack counts from the stack pointer at the function's entry.
struct Place {
  enum Kind : std::uint8_t { Register, Sp, Fp, Stack } kind = Register;
  std::int32_t at = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// What an instruction puts into a place. Several for one place are alternatives.
struct Definition {
  enum Kind : std::uint8_t { Unknown, Constant, Copy } kind = Unknown;
  bool keeps = false;      // the old value may stay (cmov)
  Place to, from;          // from: of a Copy
  std::int64_t value = 0;  // the constant, or what is added to a copy
};

// How the stack pointer and the frame pointer move.
enum class Move : std::uint8_t { None, Add, FromFrame, Lost };

enum class Mention : std::uint8_t {
  None,
  Address,
  Slot
};  // an address that it forms; a place in memory that it reads

struct Step {
  std::uint64_t address = 0;
  std::uint64_t target = 0;   // of a direct call, jump or branch
  std::uint64_t mention = 0;  // an address, by `mentions`
  std::uint8_t size = 0;
  Flow flow = Flow::Next;
  Mention mentions = Mention::None;
  Move stack = Move::None;
  // Whether a branch is taken when the last comparison found zero, or when it did not; which
  // register that comparison is of.
  enum class Taken : std::uint8_t { Otherwise, IfZero, IfNotZero } taken = Taken::Otherwise;
  std::int8_t tested = -1;
  bool invalid = false;  // the bytes are no instruction
  bool padding = false;  // it does nothing: what fills the room between functions and before loops
  bool sets_frame =
      false;  // the frame pointer becomes the stack pointer before it, plus frame_offset
  std::int32_t stack_offset = 0, frame_offset = 0;
  std::vector<Definition> definitions;
};

// What a search for constants must know of an architecture's calling convention. Registers are
// numbered as the instruction set numbers them; the stack pointer is one of them.
struct Convention {
  Place number;             // where a system call's number is when the kernel is entered
  Place wrapper_number;     // where the number is when syscall(3) is entered
  std::uint32_t clobbered;  // registers that a call does not keep, a bit each
  std::int32_t pushed;      // bytes that a call itself puts on the stack
  int word;                 // bytes of a pointer
};
// arch: X86_64, I386 or Aarch64.
const Convention& convention_of(kernel::Arch arch);

class Decoder {
 public:
  virtual ~Decoder() = default;
  // got: Image::got. Fails where Capstone was built without the architecture.
  static Result<std::unique_ptr<Decoder>> make(kernel::Arch arch, std::uint64_t got,
                                               bool fixed_addresses);
  // Forgets what earlier instructions left in registers.
  virtual void begin() = 0;
  // The instruction at the front of bytes, which are not empty. What is no instruction is a Step of
  // Flow::Next of the smallest size. definitions and the stack's movement are filled in only where
  // `values` is set.
  virtual void next(std::string_view bytes, std::uint64_t address, Step& step) = 0;

  enum class Detail { Flow, Values };
  Detail detail = Detail::Flow;
};

std::unique_ptr<Decoder> make_x86_decoder(kernel::Arch arch, std::uint64_t got,
                                          bool fixed_addresses);
std::unique_ptr<Decoder> make_arm64_decoder();

}  // namespace medic::elf
