#include "parsers/audit/ausearch_dialects.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/audit/naming.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers {
namespace {

using namespace audit;

constexpr std::string_view kSeccompAction = "called-seccomp-controlled-syscall";

// What both forms speak of an event.
struct Source {
  std::string_view node, date, time, serial, subj, action, result, object, how;
  std::string_view milliseconds = {}, zone = {};  // with --extra-time
};

// `11/22/26` and `01:55:00`, in the order that the reader of local dates takes them.
model::Time time_of(const Source& given) {
  std::string text = std::string(given.date) + " " + std::string(given.time);
  if (parse_decimal(given.milliseconds) && given.milliseconds.size() < 4)
    text += "." + std::string(3 - given.milliseconds.size(), '0') + std::string(given.milliseconds);
  model::Time time = framing::read_local_date(text).value_or(model::Time{});
  if (const auto zone = framing::read_zone(given.zone);
      zone && time.basis == model::Time::Basis::Epoch)
    time = {time.ns - *zone * 1'000'000'000, model::Time::Basis::Epoch, false};
  return time;
}

Reading seccomp(const Source& given, const Options& options, model::Event& event, EventSink& sink) {
  model::Call call;
  call.syscall = syscall_by_name(options.arch, given.object);
  if (!is_known(call.syscall))
    return damaged("ausearch could not name the system call: read the raw log instead");
  event.exe = given.how;
  // The record is the kernel's, but this form does not say the action: that the call was let run is
  // the least it can mean.
  call.outcome.kind = model::Outcome::Kind::Denied;
  call.outcome.action = kernel::Action::Log;
  call.certainty = model::Certainty::Inferred;
  event.what = call;
  sink.event(event);
  return kUsed;
}

Reading read_told(const Source& given, const Place& place, const Options& options,
                  EventSink& sink) {
  model::Event event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = time_of(given);
  event.host = given.node;
  if (const auto serial = parse_decimal(given.serial); serial && *serial <= 0xFFFFFFFFu)
    event.serial = static_cast<std::int64_t>(*serial);
  if (given.action == kSeccompAction) return seccomp(given, options, event, sink);
  if (given.action == "crashed-program") {
    event.exe = given.object;
    event.what = model::Abend{kernel::signal_number(given.how).value_or(0)};
    sink.event(event);
    return kUsed;
  }
  if (given.action == "accessed-mac-policy-controlled-object" && given.result != "success") {
    model::LayerDenial denial;
    denial.layer = given.subj.find(":r:") != std::string_view::npos ||
                           given.subj.find("_r:") != std::string_view::npos
                       ? model::LayerDenial::Layer::Selinux
                       : model::LayerDenial::Layer::Other;
    denial.subj = given.subj;
    denial.target = given.object;
    denial.text = place.line;
    event.comm = given.how;
    event.what = denial;
    sink.event(event);
    return kUsed;
  }
  return kForeign;
}

// Commas inside quotes do not part.
std::vector<std::string_view> columns(std::string_view line) {
  std::vector<std::string_view> out;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= line.size() && out.size() < 64; ++i) {
    if (i < line.size() && line[i] == '"') quoted = !quoted;
    if (i < line.size() && (line[i] != ',' || quoted)) continue;
    std::string_view column = line.substr(begin, i - begin);
    if (column.size() >= 2 && column.front() == '"' && column.back() == '"')
      column = column.substr(1, column.size() - 2);
    out.push_back(column);
    begin = i + 1;
  }
  return out;
}

class Csv : public LineDialect {
 public:
  std::string_view name() const override { return "ausearch-csv"; }
  std::string_view help() const override { return "ausearch --format csv"; }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), is_row));
  }
  Reading read_line(const Place& place, const Options& options, EventSink& sink) const override {
    if (place.line.starts_with("NODE,EVENT,")) return kUsed;
    if (!is_row(place.line)) return kForeign;
    const auto column = columns(place.line);
    // The action is looked for by its words: --extra-time and --extra-labels put columns before it.
    static constexpr std::string_view kActions[] = {kSeccompAction, "crashed-program",
                                                    "accessed-mac-policy-controlled-object"};
    const auto action =
        std::find_first_of(column.begin(), column.end(), std::begin(kActions), std::end(kActions));
    if (action == column.end()) return kForeign;
    const auto at = static_cast<std::size_t>(action - column.begin());
    if (at < 8 || column.size() < at + 6) return damaged("row cut off");
    const Layout layout = layout_of(column, at);
    if (column.size() <= layout.how) return damaged("row cut off");
    Source given{column[0],           column[2], column[3],      column[layout.serial],
                 column[layout.subj], *action,   column[at + 1], column[at + 2],
                 column[layout.how]};
    if (layout.serial > 4) given.milliseconds = column[9], given.zone = column[10];
    return read_told(given, place, options, sink);
  }

 private:
  // --extra-time puts seven columns before the serial; --extra-labels one before the action and one
  // behind the object, where
  // --extra-obj2 has one too; --extra-keys one at the end.
  struct Layout {
    std::size_t serial, subj, how;
  };
  static Layout layout_of(const std::vector<std::string_view>& column, std::size_t action) {
    const std::size_t times = action >= 17 ? 7 : 0, labels = action - times > 10 ? 1 : 0;
    const std::size_t plain =
        action + 5 + labels;  // HOW, when neither an object nor a key is added
    const std::size_t added = column.size() - std::min(column.size(), plain + 1);
    // One more column is the second object or the key: the kind of object stands before HOW, and is
    // never empty.
    const bool object = added > 1 || (added == 1 && column[plain - 1].empty());
    return {4 + times, action - 3 - labels, plain + (object ? 1 : 0)};
  }
  static bool is_clock(std::string_view text) {
    return text.size() == 8 && text[2] == ':' && text[5] == ':' &&
           text.find_first_not_of("0123456789:") == std::string_view::npos;
  }
  static bool is_row(std::string_view line) {
    if (line.starts_with("NODE,EVENT,")) return true;
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    if (second == std::string_view::npos || second == first + 1) return false;
    const std::string_view type = line.substr(first + 1, second - first - 1);
    if (type.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789[]") != std::string_view::npos)
      return false;
    const auto column = columns(line.substr(0, 512));
    return column.size() > 8 && is_clock(column[3]) &&
           std::count(line.begin(), line.end(), ',') >= 10;
  }
};

class Text : public LineDialect {
 public:
  std::string_view name() const override { return "ausearch-text"; }
  std::string_view help() const override { return "ausearch --format text"; }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), is_sentence));
  }
  Reading read_line(const Place& place, const Options& options, EventSink& sink) const override {
    if (!is_sentence(place.line)) return kForeign;
    // `At 01:55:00 11/22/26 [on NODE,] WHO[, acting as X,] un|successfully ACTION [OBJECT] using
    // HOW`
    const auto word = split(place.line, ' ');
    const auto verb = std::find_if(word.begin(), word.end(), [](std::string_view one) {
      return one == "successfully" || one == "unsuccessfully";
    });
    if (word.size() < 5 || verb == word.end() || verb - word.begin() < 4 || word.end() - verb < 2)
      return kForeign;
    Source given;
    given.time = word[1];
    given.date = word[2];
    given.subj = verb[-1];
    if (word[3] == "on") given.node = word[4].substr(0, word[4].find(','));
    given.action = verb[1];
    given.result = *verb == "successfully" ? "success" : "failed";
    const auto using_word = std::find(verb, word.end(), std::string_view("using"));
    if (using_word - verb > 2) given.object = verb[2];
    if (using_word != word.end() && word.end() - using_word > 1) given.how = using_word[1];
    if (given.action == kSeccompAction && given.how.empty()) return damaged("sentence cut off");
    return read_told(given, place, options, sink);
  }

 private:
  static bool is_sentence(std::string_view line) {
    return line.starts_with("At ") && line.size() > 12 && line[5] == ':' && line[8] == ':' &&
           line.find("successfully ") != std::string_view::npos;
  }
};

}  // namespace

const Dialect& ausearch_csv_dialect() {
  static const Csv dialect;
  return dialect;
}

const Dialect& ausearch_text_dialect() {
  static const Text dialect;
  return dialect;
}

}  // namespace medic::parsers
