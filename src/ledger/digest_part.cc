#include "ledger/digest_part.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "ledger/digest_fields.h"

namespace medic::ledger {

using attribute::BirthClaim;
using attribute::Life;
using attribute::LifeIndex;
using attribute::ProcessTable;
using attribute::ProcessTableImage;

// Bounds on what a foreign file may make us keep. A ledger that is folding may pass its own limits by a call of each kind.
constexpr std::size_t kMaxRows = std::size_t{1} << 20;

// A ledger's insides.
class DigestImage {
 public:
  explicit DigestImage(Ledger& ledger)
      : ledger_(ledger), table_(ledger.processes_), rank_(ProcessTableImage::lives(table_).size()) {}

  std::string save(const InputAccount& account) {
    sort_lives();
    sort_cells();
    InputAccount head = account;
    out_ += table(std::vector{head}, [](DigestRows& rows, InputAccount& each) { fields(rows, each); });
    out_ += table(head.first_damaged, [](DigestRows& rows, DamagedLine& each) { fields(rows, each); });
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
    read(account.first_damaged, InputAccount::kMaxDamaged, [](DigestRows& rows, DamagedLine& each) { fields(rows, each); });
    if (account.used + account.foreign + account.damaged != account.lines) return false;
    read_facts();
    load_processes();
    load_calls();
    load_rest();
    return ok_;  // what follows is a later version's
  }

  void set_input(std::uint32_t input) {
    for (Life& life : ProcessTableImage::lives(table_)) life.first.input = life.last.input = input;
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      for (BirthClaim& claim : *claims) claim.origin.input = input;
    }
    for (auto& shape : ledger_.shapes_) {
      for (auto& each : shape.examples) each.example.origin.input = input;
    }
    for (auto& cell : ledger_.cells_) cell.input = input;
    for (LayerDenial& denial : ledger_.layer_denials_) {
      for (Example& example : denial.examples) example.origin.input = input;
    }
    for (Abend& abend : ledger_.abends_) abend.example.origin.input = input;
    for (Loss& loss : ledger_.losses_) loss.example.origin.input = input;
  }

  void shift_lines(std::uint64_t by) {
    ledger_.settle_lines([by](const model::Origin& origin) { return origin.line + by; });
  }

 private:
  static constexpr std::size_t kMaxBlob = std::size_t{1} << 30;

  struct Counted {
    std::uint64_t count = 0;
  };
  struct ExampleRow {
    Example example;
    LifeIndex life = attribute::kNoLife;
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
  void sort_lives() {
    const auto& lives = ProcessTableImage::lives(table_);
    order_.resize(lives.size());
    std::iota(order_.begin(), order_.end(), LifeIndex{0});
    std::stable_sort(order_.begin(), order_.end(), [&](LifeIndex a, LifeIndex b) {
      return std::tie(lives[a].first.line, lives[a].host, lives[a].pid) <
             std::tie(lives[b].first.line, lives[b].host, lives[b].pid);
    });
    for (std::size_t i = 0; i < order_.size(); ++i) rank_[order_[i]] = static_cast<LifeIndex>(i);
  }

  LifeIndex ranked(LifeIndex life) const { return life < rank_.size() ? rank_[life] : attribute::kNoLife; }

  void sort_cells() {
    const auto& cells = ledger_.cells_;
    cell_order_.resize(cells.size());
    std::iota(cell_order_.begin(), cell_order_.end(), 0U);
    std::stable_sort(cell_order_.begin(), cell_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(cells[a].line, ranked(cells[a].life)) < std::pair(cells[b].line, ranked(cells[b].life));
    });
    constexpr std::uint32_t kNotYet = 0xFFFFFFFF;
    shape_rank_.assign(ledger_.shapes_.size(), kNotYet);
    for (const std::uint32_t index : cell_order_) {
      std::uint32_t& rank = shape_rank_[cells[index].shape];
      if (rank != kNotYet) continue;
      rank = static_cast<std::uint32_t>(shape_order_.size());
      shape_order_.push_back(cells[index].shape);
    }
  }

  std::string facts() {
    // Architectures by name, for their numbers are this build's own.
    std::vector<std::string> archs;
    for (const kernel::ArchInfo& arch : kernel::all_archs()) {
      if ((ledger_.archs_seen_ >> static_cast<unsigned>(arch.arch) & 1) != 0) archs.emplace_back(arch.name);
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
      if (const auto arch = kernel::arch_from_any(name)) ledger_.archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(*arch);
    }
  }

  void save_processes() {
    const auto& lives = ProcessTableImage::lives(table_);
    std::vector<Life> sorted;
    for (const LifeIndex index : order_) {
      sorted.push_back(lives[index]);
      sorted.back().parent = ranked(sorted.back().parent);
    }
    const std::size_t size = sorted.size();
    std::map<std::pair<std::string, std::int64_t>, LifeIndex> own;
    for (std::size_t i = 0; i < size; ++i) own[{sorted[i].host, sorted[i].pid}] = static_cast<LifeIndex>(i);
    out_ += table(std::move(sorted), [size](DigestRows& rows, Life& life) { fields(rows, life, size); });
    // Of the tasks' current lives those that the lives alone would not tell: threads.
    std::vector<ProcessTableImage::Open> open = ProcessTableImage::open(table_);
    for (auto& each : open) each.life = ranked(each.life);
    std::erase_if(open, [&](const auto& each) {
      const auto found = own.find({each.host, each.pid});
      return each.life == attribute::kNoLife || (found != own.end() && found->second == each.life);
    });
    std::sort(open.begin(), open.end(),
              [](const auto& a, const auto& b) { return std::tie(a.host, a.pid) < std::tie(b.host, b.pid); });
    out_ += table(std::move(open), [size](DigestRows& rows, ProcessTableImage::Open& each) { fields(rows, each, size); });
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      std::vector<BirthClaim> copy = *claims;
      for (BirthClaim& claim : copy) claim.parent = ranked(claim.parent);
      out_ += table(std::move(copy), [size](DigestRows& rows, BirthClaim& claim) { fields(rows, claim, size); });
    }
    std::vector<LifeIndex> newcomers = ProcessTableImage::newcomers(table_);
    for (LifeIndex& life : newcomers) life = ranked(life);
    out_ += table(std::move(newcomers), [size](DigestRows& rows, LifeIndex& life) { rows.index(life, size); });
  }

  void load_processes() {
    auto& lives = ProcessTableImage::lives(table_);
    // Parents stand anywhere in the table: their numbers are judged when it is whole.
    read(lives, ProcessTable::kMaxLives, [](DigestRows& rows, Life& life) { fields(rows, life, ProcessTable::kMaxLives); });
    const std::size_t size = lives.size();
    lives_ = size;
    for (Life& life : lives) {
      if (life.parent != attribute::kNoLife && life.parent >= size) ok_ = false;
    }
    if (!ok_) return;
    for (std::size_t i = 0; i < size; ++i)
      ProcessTableImage::set_open(table_, {lives[i].host, lives[i].pid, static_cast<LifeIndex>(i)});
    std::vector<ProcessTableImage::Open> open;
    read(open, kMaxRows, [size](DigestRows& rows, ProcessTableImage::Open& each) { fields(rows, each, size); });
    for (const auto& each : open) {
      if (each.life != attribute::kNoLife) ProcessTableImage::set_open(table_, each);
    }
    for (auto* claims : {&ProcessTableImage::claims(table_), &ProcessTableImage::awaited(table_)}) {
      read(*claims, kMaxRows, [size](DigestRows& rows, BirthClaim& claim) { fields(rows, claim, size); });
      std::erase_if(*claims, [](const BirthClaim& claim) { return claim.parent == attribute::kNoLife; });
    }
    auto& newcomers = ProcessTableImage::newcomers(table_);
    read(newcomers, kMaxRows, [size](DigestRows& rows, LifeIndex& life) { rows.index(life, size); });
    std::erase(newcomers, attribute::kNoLife);
  }

  void save_calls() {
    std::vector<Counted> counts;
    std::vector<ExampleRow> examples;
    std::vector<Shape> shapes;
    for (const std::uint32_t index : shape_order_) {
      const Shape& shape = ledger_.shapes_[index];
      shapes.push_back(shape);
      for (const auto& each : shape.examples) examples.push_back({each.example, ranked(each.life)});
    }
    out_ += table(std::move(shapes), [](DigestRows& rows, Shape& shape) {
      fields(rows, shape.key, 0);
      rows.text(shape.call_text);
      std::uint64_t count = shape.examples.size();
      rows.number(count);
    });
    const std::size_t size = rank_.size();
    out_ += table(std::move(examples), [size](DigestRows& rows, ExampleRow& row) {
      rows.index(row.life, size);
      fields(rows, row.example);
    });
    std::vector<Cell> cells;
    for (const std::uint32_t index : cell_order_) {
      cells.push_back(ledger_.cells_[index]);
      cells.back().life = ranked(cells.back().life);
      cells.back().shape = shape_rank_[cells.back().shape];
    }
    const std::size_t shape_count = shape_order_.size();
    out_ += table(std::move(cells),
                  [size, shape_count](DigestRows& rows, Cell& cell) { cell_fields(rows, cell, size, shape_count); });
  }

  static void cell_fields(DigestRows& rows, Cell& cell, std::size_t lives, std::size_t shapes) {
    rows.index(cell.life, lives);
    rows.index(cell.shape, shapes);
    rows.number(cell.count);
    model::Time first = cell.first(), last = cell.last();
    rows.span(first, last);
    cell.set_times(first, last);
    rows.number(cell.line);
  }

  void load_calls() {
    std::vector<std::uint64_t> counts;
    read(ledger_.shapes_, kMaxRows, [&](DigestRows& rows, Shape& shape) {
      fields(rows, shape.key, 0);
      rows.text(shape.call_text);
      rows.number<std::uint64_t>(counts.emplace_back(), 0, Observation::kMaxExamples);
    });
    std::vector<ExampleRow> examples;
    const std::size_t size = lives_;
    read(examples, kMaxRows * Observation::kMaxExamples, [size](DigestRows& rows, ExampleRow& row) {
      rows.index(row.life, size);
      fields(rows, row.example);
    });
    if (!ok_ || std::accumulate(counts.begin(), counts.end(), std::size_t{0}) != examples.size()) {
      ok_ = false;
      return;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      for (std::uint64_t k = 0; k < counts[i]; ++k, ++at)
        ledger_.shapes_[i].examples.push_back({std::move(examples[at].example), examples[at].life});
      ledger_.shape_index_.emplace(ledger_.shapes_[i].key, static_cast<std::uint32_t>(i));
    }
    const std::size_t shapes = ledger_.shapes_.size();
    read(ledger_.cells_, kMaxRows, [size, shapes](DigestRows& rows, Cell& cell) { cell_fields(rows, cell, size, shapes); });
    ledger_.cell_index_.reserve(ledger_.cells_.size());
    for (std::size_t i = 0; i < ledger_.cells_.size(); ++i) {
      const auto& cell = ledger_.cells_[i];
      if (cell.shape >= shapes) ok_ = false;
      ledger_.cell_index_.add(CellIndex::hash_of(cell.life, cell.shape), static_cast<std::uint32_t>(i));
    }
  }

  void save_rest() {
    const std::size_t size = rank_.size();
    std::vector<LayerDenial> denials = ledger_.layer_denials_;
    std::vector<Example> examples;
    const auto place = [](const LayerDenial& each) { return each.examples.empty() ? 0 : each.examples.front().origin.line; };
    std::stable_sort(denials.begin(), denials.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    for (LayerDenial& denial : denials) {
      denial.subject.life = ranked(denial.subject.life);
      examples.insert(examples.end(), denial.examples.begin(), denial.examples.end());
    }
    out_ += table(std::move(denials), [size](DigestRows& rows, LayerDenial& denial) {
      fields(rows, denial, size);
      std::uint64_t count = denial.examples.size();
      rows.number(count);
    });
    out_ += table(std::move(examples), [](DigestRows& rows, Example& each) { fields(rows, each); });
    std::vector<Abend> abends = ledger_.abends_;
    for (Abend& abend : abends) abend.subject.life = ranked(abend.subject.life);
    std::stable_sort(abends.begin(), abends.end(),
                     [](const Abend& a, const Abend& b) { return a.example.origin.line < b.example.origin.line; });
    out_ += table(std::move(abends), [size](DigestRows& rows, Abend& each) { fields(rows, each, size); });
    std::vector<Loss> losses = ledger_.losses_;
    std::stable_sort(losses.begin(), losses.end(), [](const Loss& a, const Loss& b) { return a.kind < b.kind; });
    out_ += table(std::move(losses), [](DigestRows& rows, Loss& each) { fields(rows, each); });
    std::vector<attribute::UnitMoment> units = ProcessTableImage::units(table_);
    out_ += table(std::move(units), [](DigestRows& rows, attribute::UnitMoment& each) { fields(rows, each); });
  }

  void load_rest() {
    const std::size_t size = lives_;
    std::vector<LayerDenial> denials;
    std::vector<std::uint64_t> counts;
    read(denials, Ledger::kMaxDenials, [&](DigestRows& rows, LayerDenial& denial) {
      fields(rows, denial, size);
      rows.number<std::uint64_t>(counts.emplace_back(), 0, Observation::kMaxExamples);
    });
    std::vector<Example> examples;
    read(examples, Ledger::kMaxDenials * Observation::kMaxExamples, [](DigestRows& rows, Example& each) { fields(rows, each); });
    if (!ok_ || std::accumulate(counts.begin(), counts.end(), std::size_t{0}) != examples.size()) {
      ok_ = false;
      return;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < denials.size(); ++i) {
      for (std::uint64_t k = 0; k < counts[i]; ++k) denials[i].examples.push_back(std::move(examples[at++]));
      ledger_.add_denial(std::move(denials[i]));
    }
    read(ledger_.abends_, Ledger::kMaxDenials, [size](DigestRows& rows, Abend& each) { fields(rows, each, size); });
    constexpr std::size_t kKindsOfLoss = 64;
    read(ledger_.losses_, kKindsOfLoss, [](DigestRows& rows, Loss& each) { fields(rows, each); });
    // Digests of before this was kept end here.
    if (!rest_.empty())
      read(ProcessTableImage::units(table_), kMaxRows, [](DigestRows& rows, attribute::UnitMoment& each) { fields(rows, each); });
  }

  Ledger& ledger_;
  ProcessTable& table_;
  DigestTexts texts_;
  std::string out_;
  std::string_view rest_;
  bool ok_ = true;
  std::size_t lives_ = 0;
  std::vector<LifeIndex> order_, rank_;  // lives in the file's order, and each one's place there
  std::vector<std::uint32_t> cell_order_, shape_order_, shape_rank_;
};

std::string save_part(Ledger& ledger, const InputAccount& account) { return DigestImage(ledger).save(account); }

std::optional<LoadedPart> load_part(std::string_view bytes, std::uint32_t input, const InterestTable& interest) {
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
