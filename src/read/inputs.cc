#include "read/inputs.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "parsers/registry.h"
#include "read/input.h"
#include "read/rotation_gaps.h"

namespace medic {
namespace {

using ledger::InputAccount;
using ledger::Ledger;
using parsers::audit::SerialEnds;

io::ReaderOptions reader_options(const ReadOptions& options) {
  return io::ReaderOptions{options.block_bytes};
}

// A member of an archive that was read, and waits for those that come before it.
struct HeldMember {
  InputAccount account;
  Ledger ledger;
  SerialEnds serial_ends;
};

// All inputs of a command, one after another.
class Inputs {
 public:
  Inputs(const ReadOptions& options, const ledger::InterestTable& interest)
      : options_(options), interest_(interest), result_{Ledger(interest), {}, {}, {}, {}} {}

  void read_argument(const std::string& argument) {
    auto files = io::expand_input(argument);
    if (!files) return result_.problems.push_back(std::move(files.error()));
    const bool is_folder = files->size() != 1 || files->front() != argument;
    if (is_folder) tell_of_folders_within(argument);
    bool any = false;
    for (const std::string& file : *files)
      any = read_file(file, is_folder ? Manner::InFolder : Manner::Named) || any;
    if (is_folder && !any)
      tell(Severity::Error, argument, "no file in it looks like a log that can be read",
           "name a log, or a folder of logs");
  }

  // The files that grew since the checkpoint, each from where it was left.
  void read_on(const Checkpoint& checkpoint) {
    for (const Resumption& file : resume(options_.inputs, checkpoint, result_.problems)) {
      auto reader = io::open_reader(file.path, reader_options(options_));
      if (!reader) {
        begin_input().path = file.path;
        result_.accounts.back().problem = reader.error().text;
        result_.problems.push_back(std::move(reader.error()));
        continue;
      }
      resumed_ = &file;
      read_lines(file.path, Manner::Member, io::window_on(std::move(*reader), file.window));
      resumed_ = nullptr;
      const InputAccount& account = result_.accounts.back();
      if (is_one_recording(account.dialect)) {
        tell(Severity::Error, file.path,
             fmt::format("is {} output, which cannot be read in pieces", account.dialect),
             "read it whole, without --checkpoint");
      } else if (auto place = place_after(file, account.bytes, account.lines))
        result_.checkpoint.places.push_back(std::move(*place));
      if (account.lines == 0 && account.problem.empty()) drop_input();
    }
  }

  ReadResult finish() {
    ledger::resolve(result_.digest, result_.problems);
    if (options_.as_digest) return std::move(result_);
    load_digest();
    for (const Gap& gap : gaps_between(result_.accounts, serial_ends_)) {
      model::Event event;
      event.origin.input = gap.input;
      event.line = gap.text;
      event.what = model::Loss{gap.kind, gap.count, gap.text};
      result_.ledger.add(event);
    }
    result_.ledger.finish();
    if (const std::uint64_t twice = result_.ledger.duplicates(); twice > 0)
      tell(Severity::Note, "",
           fmt::format(
               "{} denial(s) stand in two of the logs, to the millisecond: each is counted once",
               twice),
           "");
    if (has_digest_ && (options_.since_ns || options_.until_ns)) keep_wanted_times();
    return std::move(result_);
  }

 private:
  using Manner = Input::Manner;

  // /var/log without /var/log/audit would look like a log without denials.
  void tell_of_folders_within(const std::string& folder) {
    constexpr std::size_t kMostNamed = 5;
    std::vector<std::string> names;
    std::error_code failed;
    for (auto at = std::filesystem::directory_iterator(folder, failed);
         !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
      std::error_code unknown;
      if (at->is_directory(unknown) && !at->is_symlink(unknown))
        names.push_back(at->path().filename().string());
    }
    if (names.empty()) return;
    std::sort(names.begin(), names.end());
    const std::size_t more = names.size() > kMostNamed ? names.size() - kMostNamed : 0;
    names.resize(names.size() - more);
    tell(Severity::Note, folder,
         fmt::format("its folders are not read: {}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : ""),
         "name those that hold logs too");
  }

  // A file that is named twice is read once.
  bool is_new(const std::string& path) {
    std::error_code failed;
    const std::filesystem::path real = std::filesystem::canonical(path, failed);
    if (path == "-" || failed || !std::filesystem::is_regular_file(real, failed)) return true;
    if (read_.insert(real.string()).second) return true;
    tell(Severity::Note, path, "is named twice: it is read once", "");
    return false;
  }

  bool read_file(const std::string& path, Manner manner) {
    if (!is_new(path)) return true;
    auto opened = io::open_input(path, reader_options(options_));
    if (!opened) {
      begin_input().path = path;
      result_.accounts.back().problem = opened.error().text;
      result_.problems.push_back(std::move(opened.error()));
      return true;  // what it holds is unknown, and has been said
    }
    return opened->archive != nullptr ? read_archive(path, *opened->archive)
                                      : read_lines(path, manner, std::move(opened->reader));
  }

  bool read_archive(const std::string& path, io::Archive& archive) {
    constexpr std::size_t kMaxLogs = 4096;
    std::size_t logs = 0, others = 0;
    for (;;) {
      auto member = archive.next();
      if (!member) {
        result_.problems.push_back(std::move(member.error()));
        break;
      }
      if (!*member) break;
      if (logs == kMaxLogs) {
        tell(Severity::Error, path,
             fmt::format("holds more than {} logs: the others are not read", kMaxLogs),
             "unpack it and name the logs");
        break;
      }
      const std::string name = path + ":" + (**member).name;
      const bool is_log = read_member(
          name, io::open_member(std::move((**member).source), name, reader_options(options_)));
      ++(is_log ? logs : others);
    }
    join_held();
    if (logs == 0)
      tell(Severity::Error, path, "no file in this archive looks like a log that can be read",
           "name a log, or an archive of logs");
    else if (others > 0)
      tell(Severity::Note, path, fmt::format("{} other file(s) in it are no logs", others), "");
    return true;
  }

  // An archive's order is any, rotated logs are read oldest first: so each is read by itself, and
  // they are joined in the end.
  bool read_member(const std::string& name, std::unique_ptr<io::Reader> reader) {
    constexpr std::size_t kMostRows = 1'000'000;
    begin_input();
    Input input(options_, interest_, static_cast<std::uint32_t>(result_.accounts.size() - 1),
                result_);
    input.keep_ledger();
    const bool is_log = input.read(name, Manner::Member, std::move(reader));
    const bool is_told = (is_log && !input.is_digest()) || !result_.accounts.back().problem.empty();
    if (is_told)
      held_.push_back(
          {std::move(result_.accounts.back()), input.take_ledger(), input.serial_ends()});
    drop_input();
    held_rows_ += is_told ? held_.back().ledger.rows() : 0;
    if (held_rows_ <= kMostRows) return is_log;
    tell(Severity::Warning, name,
         "holds, with what came before it in the archive, more than can be put in order at once",
         "if rotated logs stand there newest first, unpack it and name the folder");
    join_held();
    return is_log;
  }

  void join_held() {
    std::stable_sort(held_.begin(), held_.end(), [](const HeldMember& a, const HeldMember& b) {
      return io::reads_before(a.account.path, b.account.path);
    });
    for (HeldMember& each : held_) {
      InputAccount& account = begin_input() = std::move(each.account);
      serial_ends_.back() = each.serial_ends;
      ledger::set_input(each.ledger, static_cast<std::uint32_t>(result_.accounts.size() - 1));
      if (goes_on(account.path))
        result_.ledger.append(std::move(each.ledger));
      else
        result_.ledger.merge(std::move(each.ledger));
      former_ = account.path;
    }
    held_.clear();
    held_rows_ = 0;
  }

  bool read_lines(const std::string& path, Manner manner, std::unique_ptr<io::Reader> reader) {
    begin_input();
    Input input(options_, interest_, static_cast<std::uint32_t>(result_.accounts.size() - 1),
                result_);
    if (resumed_ != nullptr)
      input.begins_at(resumed_->window.begin, resumed_->lines_before, source_of(path));
    if (goes_on(path)) input.continues_former();
    const bool is_log = input.read(path, manner, std::move(reader));
    if (input.is_digest() && result_.accounts.back().problem.empty()) {
      drop_input();
      return true;
    }
    former_ = path;
    serial_ends_.back() = input.serial_ends();
    return is_log;
  }

  static bool is_one_recording(std::string_view dialect) {
    const parsers::Dialect* main = parsers::find_dialect(dialect.substr(0, dialect.find('+')));
    return main != nullptr && main->traits().is_one_recording;
  }

  // Parts of digests, read as the inputs were that they were made of.
  void load_digest() {
    for (ledger::DigestPart& part : result_.digest.parts) {
      auto loaded = ledger::load_part(
          part.bytes, static_cast<std::uint32_t>(result_.accounts.size()), interest_);
      if (!loaded) {
        tell(Severity::Error, part.identity.name, "its part of the digest cannot be read",
             "make the digest again from the logs");
        continue;
      }
      has_digest_ = true;
      begin_input() = std::move(loaded->account);
      if (part.identity.serials)
        serial_ends_.back() = {part.identity.serials->first, part.identity.serials->last,
                               part.identity.serials->dense};
      if (goes_on(part.identity.name))
        result_.ledger.append(std::move(loaded->ledger));
      else
        result_.ledger.merge(std::move(loaded->ledger));
      former_ = part.identity.name;
      part.bytes = {};
    }
    result_.digest.parts.clear();
  }

  // What a digest counts together cannot be divided: all of it is kept that reaches into the wanted
  // time.
  void keep_wanted_times() {
    constexpr auto kEpoch = model::Time::Basis::Epoch;
    result_.ledger.keep_only(
        [&](const ledger::Subject&, const model::Time& first, const model::Time& last) {
          const bool too_early =
              options_.since_ns && last.basis == kEpoch && last.ns < *options_.since_ns;
          const bool too_late =
              options_.until_ns && first.basis == kEpoch && first.ns > *options_.until_ns;
          return !too_early && !too_late;
        });
  }

  // Rotated logs and the files of strace -ff are pieces of one recording. Other files are taken for
  // other machines'. A log that was named before an older one: then the older goes on with nothing.
  bool goes_on(const std::string& path) const {
    constexpr std::uint64_t kOldest = 1000;  // a larger number is a process
    if (former_.empty() || ledger::stem_of(former_) != ledger::stem_of(path)) return false;
    const std::uint64_t before = io::rotated_name(former_).age, now = io::rotated_name(path).age;
    return before >= now || now >= kOldest;
  }

  InputAccount& begin_input() {
    serial_ends_.emplace_back();
    return result_.accounts.emplace_back();
  }
  void drop_input() {
    serial_ends_.pop_back();
    result_.accounts.pop_back();
  }

  void tell(Severity severity, const std::string& path, std::string text, std::string hint) {
    Problem problem;
    problem.severity = severity;
    problem.file = path;
    problem.text = std::move(text);
    problem.hint = std::move(hint);
    result_.problems.push_back(std::move(problem));
  }

  const ReadOptions& options_;
  const ledger::InterestTable& interest_;
  ReadResult result_;
  std::set<std::string> read_;           // real paths of the files
  std::vector<SerialEnds> serial_ends_;  // by input
  std::string former_;
  std::vector<HeldMember> held_;
  std::size_t held_rows_ = 0;
  const Resumption* resumed_ = nullptr;
  bool has_digest_ = false;
};

}  // namespace

ReadResult read_logs(const ReadOptions& options, const ledger::InterestTable& interest) {
  Inputs inputs(options, interest);
  if (options.checkpoint != nullptr)
    inputs.read_on(*options.checkpoint);
  else
    for (const std::string& argument : options.inputs) inputs.read_argument(argument);
  return inputs.finish();
}

}  // namespace medic
