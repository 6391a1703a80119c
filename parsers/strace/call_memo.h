// What plain calls came to when they were read whole, so that the next one like it is only looked up: same name, same kind of
// outcome, same text of the arguments that somebody asks for. Kept from chunk to chunk; bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/interface/dialect.h"
#include "parsers/strace/line_cursor.h"
#include "parsers/strace/names.h"
#include "parsers/strace/prefix.h"
#include "parsers/strace/result.h"

namespace medic::parsers::strace {

// A line `name(args) = result` without anything that needs a closer look, taken apart.
struct PlainCall {
  NamedCall call;
  std::string_view name, args, text;  // text: the call without its result
  ResultColumn result;
  std::string_view key;  // of the arguments: what of them matters
  bool undone = false;   // by its result seccomp may have killed or trapped it
};

class CallMemo : public Memory {
 public:
  explicit CallMemo(const Options& options) : options_(options), names_(kNames), errors_(kErrors), entries_(kEntries) {}

  struct Entry {
    std::uint64_t likeness = 0;  // 0: the entry is free
    // The key.
    kernel::NameId name = kernel::kNoName;
    kernel::Arch arch = kernel::Arch::Unknown;
    model::Outcome outcome;
    std::string args;
    // What came of it. The call's text and result, the place, the time and the task are those of each line.
    model::Event event;
  };

  // False: the line has to be read as any other. It may still be such a call.
  bool read(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch, PlainCall& out);

  // How long the known name is with which the text, a call's, begins. 0: it has to be looked at more closely.
  std::size_t known_name(std::string_view body, kernel::Arch arch);

  // Where the call belongs. The entry is the call's own, with a likeness, or it is the place for it, without one. Null: the call
  // is not kept.
  Entry* find(const PlainCall& call, kernel::Arch arch);
  // Fills the place that find() gave with the event that the call came to, and gives the event its likeness.
  void keep(Entry& place, model::Event& event);

 private:
  static constexpr std::size_t kEntries = 1024, kNames = 512, kErrors = 64;  // powers of two

  // A call's name of up to sixteen bytes, and what is to be known of it.
  struct Name {
    std::uint64_t head = 0, tail = 0;  // its first eight bytes and the rest
    std::uint8_t size = 0;             // 0: the slot is free
    kernel::Arch arch = kernel::Arch::Unknown;
    bool plain = false;
    bool own_is_small = false;  // on some architecture its number is 2 or less
    enum class Keyed : std::uint8_t { ByNothing, BySome, ByAll } keyed = Keyed::ByAll;
    std::uint8_t first = 0, last = 0;  // printed arguments that matter, of BySome
    NamedCall call;
  };
  // `-1 ENOENT (No such file or directory)`, and whether that is a plain call's result.
  struct Error {
    static constexpr std::size_t kShortest = 11, kLongest = 62;
    std::uint8_t size = 0;  // 0: the slot is free
    bool plain = false;
    char text[kLongest] = {};
    ResultColumn result;
  };
  // Of the call with which the text begins; null: its name is none or a long one.
  const Name* name_at(std::string_view body, kernel::Arch arch);
  void look_up(Name& name, std::string_view text) const;

  bool read_end(std::string_view column, ResultColumn& out);
  bool read_error(std::string_view text, ResultColumn& out);

  const Options options_;
  std::vector<Name> names_;
  std::vector<Error> errors_;
  std::vector<Entry> entries_;
  std::uint64_t likeness_ = 0;
};

}  // namespace medic::parsers::strace
