#include "ledger/digest_part.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "ledger/digest_fields.h"

namespace medic::ledger {

using attribute::BirthClaim;
using attribute::Process;
using attribute::ProcessIndex;
using attribute::ProcessTable;
using attribute::ProcessTableImage;

// Bounds on what a foreign file may make us keep. A ledger that is folding may pass its own limits
// by a call of each kind.
constexpr std::size_t kMaxRows = std::size_t{1} << 20;
constexpr std::size_t kMaxDenialRows = Ledger::kDenialTiers * Ledger::kMaxDenials;
// A digest is to be small beside its log: of more counters than this the later ones are saved
// without their process.
constexpr std::size_t kMaxSavedCounters = std::size_t{1} << 17;

// A ledger's insides.
class DigestImage {
 public:
  explicit DigestImage(Ledger& ledger)
      : ledger_(ledger),
        table_(ledger.processes_),
        rank_(ProcessTableImage::processes(table_).size()) {}

  std::string save(const InputAccount& account) {
    sort_processes();
    sort_counters();
    InputAccount head = account;
    out_ +=
        table(std::vector{head}, [](DigestRows& rows, InputAccount& each) { fields(rows, each); });
    out_ +=
        table(head.first_damaged, [](DigestRows& rows, DamagedLine& each) { fields(rows, each); });
    out_ += facts();
    save_processes();
    save_calls();
    save_rest();
    return texts_.encode() + out_;
  }

  bool load(std::string_view rest, InputAccount& account) {
    if (rest.size() > kMaxBlob || !texts_.decode(rest)) return false;
    rest_ = rest;
    std::vector<InputAccount> head;
    read(head, 1, [](DigestRows& rows, InputAccount& each) { fields(rows, each); });
    if (!ok_ || head.size() != 1) return false;
    account = std::move(head.front());
    read(account.first_damaged, InputAccount::kMaxDamaged,
         [](DigestRows& rows, DamagedLine& each) { fields(rows, each); });
    if (account.used + account.foreign + account.damaged != account.lines) return false;
    read_facts();
    load_processes();
    load_calls();
    load_rest();
    return ok_;  // what follows is a later version's
  }

  void set_input(std::uint32_t input) {
    for (Process& process : ProcessTableImage::processes(table_))
      process.first.input = process.last.input = input;
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      for (BirthClaim& claim : *claims) claim.origin.input = input;
    }
    for (auto& event_class : ledger_.classes_) {
      for (auto& each : event_class.examples) each.example.origin.input = input;
    }
    for (auto& counter : ledger_.counters_) counter.input = input;
    for (LayerDenial& denial : ledger_.layer_denials_) {
      for (Example& example : denial.examples) example.origin.input = input;
    }
    for (Abend& abend : ledger_.abends_) abend.example.origin.input = input;
    for (Loss& loss : ledger_.losses_) loss.example.origin.input = input;
  }

  void shift_lines(std::uint64_t by) {
    ledger_.resolve_lines([by](const model::Origin& origin) { return origin.line + by; });
  }

 private:
  static constexpr std::size_t kMaxBlob = std::size_t{1} << 30;

  struct Counted {
    std::uint64_t count = 0;
  };
  struct ExampleRow {
    Example example;
    ProcessIndex process = attribute::kNoProcess;
  };

  template <class T, class F>
  std::string table(std::vector<T> items, F&& write) {
    DigestRows rows(texts_, ledger_.strings_);
    for (T& item : items) {
      rows.next();
      write(rows, item);
    }
    return rows.encode();
  }

  template <class Items, class F>
  void read(Items& items, std::size_t most, F&& take) {
    if (!ok_) return;
    DigestRows rows(texts_, ledger_.strings_, rest_, most);
    for (std::size_t i = 0; i < rows.loaded_rows() && !rows.failed(); ++i) {
      rows.next();
      take(rows, items.emplace_back());
    }
    ok_ = !rows.failed();
  }

  // Their order in memory depends on how the input was cut into chunks; where they begin does not.
  void sort_processes() {
    const auto& processes = ProcessTableImage::processes(table_);
    order_.resize(processes.size());
    std::iota(order_.begin(), order_.end(), ProcessIndex{0});
    std::stable_sort(order_.begin(), order_.end(), [&](ProcessIndex a, ProcessIndex b) {
      return std::tie(processes[a].first.line, processes[a].host, processes[a].pid) <
             std::tie(processes[b].first.line, processes[b].host, processes[b].pid);
    });
    for (std::size_t i = 0; i < order_.size(); ++i) rank_[order_[i]] = static_cast<ProcessIndex>(i);
  }

  ProcessIndex ranked(ProcessIndex process) const {
    return process < rank_.size() ? rank_[process] : attribute::kNoProcess;
  }

  void sort_counters() {
    const auto& counters = ledger_.counters_;
    counter_order_.resize(counters.size());
    std::iota(counter_order_.begin(), counter_order_.end(), 0U);
    std::stable_sort(counter_order_.begin(), counter_order_.end(),
                     [&](std::uint32_t a, std::uint32_t b) {
                       return std::pair(counters[a].line, ranked(counters[a].process)) <
                              std::pair(counters[b].line, ranked(counters[b].process));
                     });
    constexpr std::uint32_t kNotYet = 0xFFFFFFFF;
    class_rank_.assign(ledger_.classes_.size(), kNotYet);
    fold_late_counters();
    for (const std::uint32_t index : counter_order_) {
      std::uint32_t& rank = class_rank_[counters[index].event_class];
      if (rank != kNotYet) continue;
      rank = static_cast<std::uint32_t>(class_order_.size());
      class_order_.push_back(counters[index].event_class);
    }
  }

  // The later counters of a class become one of nobody, which stands where the first of them did.
  void fold_late_counters() {
    if (counter_order_.size() <= kMaxSavedCounters) return;
    std::unordered_map<std::uint32_t, std::uint32_t> folded;  // by class: a place in counters_
    std::vector<std::uint32_t> kept(counter_order_.begin(),
                                    counter_order_.begin() + kMaxSavedCounters);
    for (const std::uint32_t index : kept) {
      const Counter& each = ledger_.counters_[index];
      if (each.process == attribute::kNoProcess) folded.emplace(each.event_class, index);
    }
    for (auto at = counter_order_.begin() + kMaxSavedCounters; at != counter_order_.end(); ++at) {
      const Counter late = ledger_.counters_[*at];
      ledger_.folded_ += late.count;
      const auto [first, is_new] = folded.try_emplace(late.event_class, *at);
      if (is_new) {
        ledger_.counters_[*at].process = attribute::kNoProcess;
        kept.push_back(*at);
        continue;
      }
      Counter& mine = ledger_.counters_[first->second];
      mine.count += late.count;
      mine.widen(late.first(), late.last());
    }
    counter_order_ = std::move(kept);
  }

  std::string facts() {
    // Architectures by name, for their numbers are this build's own.
    std::vector<std::string> archs;
    for (const kernel::ArchInfo& arch : kernel::all_archs()) {
      if ((ledger_.archs_seen_ >> static_cast<unsigned>(arch.arch) & 1) != 0)
        archs.emplace_back(arch.name);
    }
    struct Facts {};
    std::string out = table(std::vector<Facts>(1), [&](DigestRows& rows, Facts&) {
      rows.number(ledger_.folded_);
      rows.number(ProcessTableImage::overflowed(table_));
      rows.flag(ledger_.zone_assumed_);
    });
    return out + table(archs, [](DigestRows& rows, std::string& arch) { rows.text(arch); });
  }

  void read_facts() {
    struct Facts {};
    std::vector<Facts> facts;
    read(facts, 1, [&](DigestRows& rows, Facts&) {
      rows.number(ledger_.folded_);
      rows.number(ProcessTableImage::overflowed(table_));
      rows.flag(ledger_.zone_assumed_);
    });
    std::vector<std::string> archs;
    read(archs, 64, [](DigestRows& rows, std::string& arch) { rows.text(arch); });
    for (const std::string& name : archs) {
      if (const auto arch = kernel::arch_from_any(name))
        ledger_.archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(*arch);
    }
  }

  void save_processes() {
    const auto& processes = ProcessTableImage::processes(table_);
    std::vector<Process> sorted;
    for (const ProcessIndex index : order_) {
      sorted.push_back(processes[index]);
      sorted.back().parent = ranked(sorted.back().parent);
    }
    const std::size_t size = sorted.size();
    std::map<std::pair<std::string, std::int64_t>, ProcessIndex> own;
    for (std::size_t i = 0; i < size; ++i)
      own[{sorted[i].host, sorted[i].pid}] = static_cast<ProcessIndex>(i);
    out_ += table(std::move(sorted),
                  [size](DigestRows& rows, Process& process) { fields(rows, process, size); });
    // Of the tasks' current processes those that the process table alone would not say: threads.
    std::vector<ProcessTableImage::Open> open = ProcessTableImage::open(table_);
    for (auto& each : open) each.process = ranked(each.process);
    std::erase_if(open, [&](const auto& each) {
      const auto found = own.find({each.host, each.pid});
      return each.process == attribute::kNoProcess ||
             (found != own.end() && found->second == each.process);
    });
    std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) {
      return std::tie(a.host, a.pid) < std::tie(b.host, b.pid);
    });
    out_ += table(std::move(open), [size](DigestRows& rows, ProcessTableImage::Open& each) {
      fields(rows, each, size);
    });
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      std::vector<BirthClaim> copy = *claims;
      for (BirthClaim& claim : copy) claim.parent = ranked(claim.parent);
      out_ += table(std::move(copy),
                    [size](DigestRows& rows, BirthClaim& claim) { fields(rows, claim, size); });
    }
    std::vector<ProcessIndex> newcomers = ProcessTableImage::newcomers(table_);
    for (ProcessIndex& process : newcomers) process = ranked(process);
    out_ += table(std::move(newcomers),
                  [size](DigestRows& rows, ProcessIndex& process) { rows.index(process, size); });
  }

  void load_processes() {
    auto& processes = ProcessTableImage::processes(table_);
    // Parents stand anywhere in the table: their numbers are judged when it is whole.
    read(processes, ProcessTable::kMaxProcesses, [](DigestRows& rows, Process& process) {
      fields(rows, process, ProcessTable::kMaxProcesses);
    });
    const std::size_t size = processes.size();
    processes_ = size;
    for (Process& process : processes) {
      if (process.parent != attribute::kNoProcess && process.parent >= size) ok_ = false;
    }
    if (!ok_) return;
    for (std::size_t i = 0; i < size; ++i)
      ProcessTableImage::set_open(
          table_, {processes[i].host, processes[i].pid, static_cast<ProcessIndex>(i)});
    std::vector<ProcessTableImage::Open> open;
    read(open, kMaxRows,
         [size](DigestRows& rows, ProcessTableImage::Open& each) { fields(rows, each, size); });
    for (const auto& each : open) {
      if (each.process != attribute::kNoProcess) ProcessTableImage::set_open(table_, each);
    }
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      read(*claims, kMaxRows,
           [size](DigestRows& rows, BirthClaim& claim) { fields(rows, claim, size); });
      std::erase_if(*claims,
                    [](const BirthClaim& claim) { return claim.parent == attribute::kNoProcess; });
    }
    auto& newcomers = ProcessTableImage::newcomers(table_);
    read(newcomers, kMaxRows,
         [size](DigestRows& rows, ProcessIndex& process) { rows.index(process, size); });
    std::erase(newcomers, attribute::kNoProcess);
  }

  void save_calls() {
    std::vector<Counted> counts;
    std::vector<ExampleRow> examples;
    std::vector<EventClass> classes;
    for (const std::uint32_t index : class_order_) {
      const EventClass& event_class = ledger_.classes_[index];
      classes.push_back(event_class);
      for (const auto& each : event_class.examples)
        examples.push_back({each.example, ranked(each.process)});
    }
    out_ += table(std::move(classes), [](DigestRows& rows, EventClass& event_class) {
      fields(rows, event_class.key, 0);
      rows.text(event_class.call_text);
      std::uint64_t count = event_class.examples.size();
      rows.number(count);
    });
    const std::size_t size = rank_.size();
    out_ += table(std::move(examples), [size](DigestRows& rows, ExampleRow& row) {
      rows.index(row.process, size);
      fields(rows, row.example);
    });
    std::vector<Counter> counters;
    for (const std::uint32_t index : counter_order_) {
      counters.push_back(ledger_.counters_[index]);
      counters.back().process = ranked(counters.back().process);
      counters.back().event_class = class_rank_[counters.back().event_class];
    }
    const std::size_t class_count = class_order_.size();
    out_ += table(std::move(counters), [size, class_count](DigestRows& rows, Counter& counter) {
      counter_fields(rows, counter, size, class_count);
    });
  }

  static void counter_fields(DigestRows& rows, Counter& counter, std::size_t processes,
                             std::size_t classes) {
    rows.index(counter.process, processes);
    rows.index(counter.event_class, classes);
    rows.number(counter.count);
    model::Time first = counter.first(), last = counter.last();
    rows.span(first, last);
    counter.set_times(first, last);
    rows.number(counter.line);
  }

  void load_calls() {
    std::vector<std::uint64_t> counts;
    read(ledger_.classes_, kMaxRows, [&](DigestRows& rows, EventClass& event_class) {
      fields(rows, event_class.key, 0);
      rows.text(event_class.call_text);
      rows.number<std::uint64_t>(counts.emplace_back(), 0, Observation::kMaxExamples);
    });
    std::vector<ExampleRow> examples;
    const std::size_t size = processes_;
    read(examples, kMaxRows * Observation::kMaxExamples, [size](DigestRows& rows, ExampleRow& row) {
      rows.index(row.process, size);
      fields(rows, row.example);
    });
    if (!ok_ || std::accumulate(counts.begin(), counts.end(), std::size_t{0}) != examples.size()) {
      ok_ = false;
      return;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      for (std::uint64_t k = 0; k < counts[i]; ++k, ++at)
        ledger_.classes_[i].examples.push_back(
            {std::move(examples[at].example), examples[at].process});
      ledger_.class_index_.emplace(ledger_.classes_[i].key, static_cast<std::uint32_t>(i));
    }
    const std::size_t classes = ledger_.classes_.size();
    read(ledger_.counters_, kMaxRows, [size, classes](DigestRows& rows, Counter& counter) {
      counter_fields(rows, counter, size, classes);
    });
    ledger_.counter_index_.reserve(ledger_.counters_.size());
    for (std::size_t i = 0; i < ledger_.counters_.size(); ++i) {
      const auto& counter = ledger_.counters_[i];
      if (counter.event_class >= classes) ok_ = false;
      ledger_.counter_index_.add(CounterIndex::hash_of(counter.process, counter.event_class),
                                 static_cast<std::uint32_t>(i));
    }
  }

  void save_rest() {
    const std::size_t size = rank_.size();
    std::vector<LayerDenial> denials = ledger_.layer_denials_;
    std::vector<Example> examples;
    const auto place = [](const LayerDenial& each) {
      return each.examples.empty() ? 0 : each.examples.front().origin.line;
    };
    std::stable_sort(denials.begin(), denials.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    for (LayerDenial& denial : denials) {
      denial.subj.process = ranked(denial.subj.process);
      examples.insert(examples.end(), denial.examples.begin(), denial.examples.end());
    }
    out_ += table(std::move(denials), [size](DigestRows& rows, LayerDenial& denial) {
      fields(rows, denial, size);
      std::uint64_t count = denial.examples.size();
      rows.number(count);
    });
    out_ += table(std::move(examples), [](DigestRows& rows, Example& each) { fields(rows, each); });
    std::vector<Abend> abends = ledger_.abends_;
    for (Abend& abend : abends) abend.subj.process = ranked(abend.subj.process);
    std::stable_sort(abends.begin(), abends.end(), [](const Abend& a, const Abend& b) {
      return a.example.origin.line < b.example.origin.line;
    });
    out_ += table(std::move(abends),
                  [size](DigestRows& rows, Abend& each) { fields(rows, each, size); });
    std::vector<Loss> losses = ledger_.losses_;
    std::stable_sort(losses.begin(), losses.end(),
                     [](const Loss& a, const Loss& b) { return a.kind < b.kind; });
    out_ += table(std::move(losses), [](DigestRows& rows, Loss& each) { fields(rows, each); });
    std::vector<attribute::UnitMoment> units = ProcessTableImage::units(table_);
    out_ += table(std::move(units),
                  [](DigestRows& rows, attribute::UnitMoment& each) { fields(rows, each); });
  }

  void load_rest() {
    const std::size_t size = processes_;
    std::vector<LayerDenial> denials;
    std::vector<std::uint64_t> counts;
    read(denials, kMaxDenialRows, [&](DigestRows& rows, LayerDenial& denial) {
      fields(rows, denial, size);
      rows.number<std::uint64_t>(counts.emplace_back(), 0, Observation::kMaxExamples);
    });
    std::vector<Example> examples;
    read(examples, kMaxDenialRows * Observation::kMaxExamples,
         [](DigestRows& rows, Example& each) { fields(rows, each); });
    if (!ok_ || std::accumulate(counts.begin(), counts.end(), std::size_t{0}) != examples.size()) {
      ok_ = false;
      return;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < denials.size(); ++i) {
      for (std::uint64_t k = 0; k < counts[i]; ++k)
        denials[i].examples.push_back(std::move(examples[at++]));
      ledger_.add_denial(std::move(denials[i]));
    }
    read(ledger_.abends_, kMaxDenialRows,
         [size](DigestRows& rows, Abend& each) { fields(rows, each, size); });
    constexpr std::size_t kKindsOfLoss = 64;
    read(ledger_.losses_, kKindsOfLoss, [](DigestRows& rows, Loss& each) { fields(rows, each); });
    // Digests of before this was kept end here.
    if (!rest_.empty())
      read(ProcessTableImage::units(table_), kMaxRows,
           [](DigestRows& rows, attribute::UnitMoment& each) { fields(rows, each); });
  }

  Ledger& ledger_;
  ProcessTable& table_;
  DigestTexts texts_;
  std::string out_;
  std::string_view rest_;
  bool ok_ = true;
  std::size_t processes_ = 0;
  std::vector<ProcessIndex> order_,
      rank_;  // processes in the file's order, and each one's place there
  std::vector<std::uint32_t> counter_order_, class_order_, class_rank_;
};

std::string save_part(Ledger& ledger, const InputAccount& account) {
  return DigestImage(ledger).save(account);
}

std::optional<LoadedPart> load_part(std::string_view bytes, std::uint32_t input,
                                    const InterestTable& interest) {
  LoadedPart part{Ledger(interest), {}};
  DigestImage image(part.ledger);
  if (!image.load(bytes, part.account)) return std::nullopt;
  image.set_input(input);
  return part;
}

void set_input(Ledger& ledger, std::uint32_t input) { DigestImage(ledger).set_input(input); }

void join_part(LoadedPart& part, LoadedPart&& next) {
  InputAccount& mine = part.account;
  DigestImage(next.ledger).shift_lines(mine.lines);
  for (DamagedLine& line : next.account.first_damaged) {
    if (mine.first_damaged.size() >= InputAccount::kMaxDamaged) break;
    line.line += mine.lines;
    mine.first_damaged.push_back(std::move(line));
  }
  part.ledger.append(std::move(next.ledger));
  mine.bytes += next.account.bytes;
  mine.lines += next.account.lines;
  mine.used += next.account.used;
  mine.foreign += next.account.foreign;
  mine.damaged += next.account.damaged;
  if (mine.problem.empty()) mine.problem = next.account.problem;
  if (mine.dialect.empty()) mine.dialect = next.account.dialect;
}

}  // namespace medic::ledger
