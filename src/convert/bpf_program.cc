// A compiled filter: raw sock_filter bytes of a little-endian machine, and their base64 for an OCI
// annotation.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "libseccomp/compile.h"
#include "convert/bpf_regions.h"
#include "policy/comparison.h"

namespace medic::profile::formats {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      word = word << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += j <= count ? kDigits[word >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

// Nothing on a byte that is no digit, or a length that no bytes give.
std::optional<std::string> from_base64(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  std::uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    word = (word << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(word >> bits & 0xFF);
  }
  return out;
}

// What the program does otherwise than the rules say, on every call with a name and every region of
// its arguments. libseccomp is the maker, and some of its releases join 64-bit comparisons wrongly.
std::vector<std::string> wrong_in(const Program& program, const Evaluator& evaluator) {
  std::map<std::pair<Effect, Effect>, std::set<std::string>> differ;
  std::vector<std::string> out, unproven;
  const Flat* flat = &evaluator.flat();
  for (const Arch arch : flat->archs) {
    for (const kernel::TableRow& row : kernel::table(arch)) {
      const kernel::SyscallId id{arch, row.number};
      auto tests = tests_of(program, kernel::info(arch).audit_arch, id.number);
      if (!tests) tests.emplace();
      for (const Condition& condition : looked_at(std::span(&flat, 1), id).conditions)
        add_tests(condition, static_cast<unsigned>(kernel::info(arch).bits), *tests);
      const auto examples = examples_of(*tests);
      if (!examples) unproven.emplace_back(kernel::name_of(row.name));
      for (const kernel::Args& args : examples.value_or(std::vector<kernel::Args>())) {
        const Effect want = effect_of(evaluator.evaluate({id, args})),
                     have = run_for(program, id, args);
        if (want != have)
          differ[{want, have}].insert(
              fmt::format("{} on {}", kernel::name_of(row.name), kernel::name(arch)));
      }
    }
  }
  for (const auto& [effects, calls] : differ) {
    out.push_back(fmt::format(
        "the compiled program is not what the rules say for {}: {} becomes {}",
        few_of({calls.begin(), calls.end()}), text_of(effects.first), text_of(effects.second)));
  }
  if (!unproven.empty())
    out.push_back(fmt::format("not proven, for their conditions have too many regions: {}",
                              few_of(unproven)));
  return out;
}

}  // namespace

Result<Converted> write_bpf(const Conversion& conversion) {
  const Flat& flat = conversion.evaluator.flat();
  auto compiled = compile(flat);
  if (!compiled) return fail(std::move(compiled.error()));
  if (compiled->byte_order == ByteOrder::Big)
    return fail(refusal(
        fmt::format("{} is big-endian: its programs have other bytes than those written here",
                    kernel::name(flat.context.arch)),
        "compile it on that machine from the C source: --to libseccomp-c"));
  Converted out;
  out.text = to_bytes(compiled->program);
  out.losses = wrong_in(compiled->program, conversion.evaluator);
  if (!compiled->unproven.empty()) {
    std::vector<std::string> names;
    for (const kernel::NameId name : compiled->unproven) names.emplace_back(kernel::name_of(name));
    out.losses.push_back(fmt::format("{} does not know {}: they get the default action",
                                     compiled->engine, few_of(names)));
  }
  if (!flat.flags.empty())
    out.losses.push_back("filter flags are no part of a program: its loader sets them");
  return out;
}

Result<Converted> write_bpf_base64(const Conversion& conversion) {
  auto out = write_bpf(conversion);
  if (out) out->text = to_base64(out->text) + "\n";
  return out;
}

Result<ForeignProfile> read_bpf_base64(const ForeignText& source) {
  auto bytes = from_base64(source.text);
  if (!bytes) return fail(problem_at(source, 1, "no base64"));
  return read_bpf({std::move(*bytes), source.path, source.arch});
}

bool looks_like_bpf(std::string_view text) {
  return text.find('\0') != std::string_view::npos && from_bytes(text).has_value();
}

bool looks_like_bpf_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  return bytes && from_bytes(*bytes).has_value();
}

}  // namespace medic::profile::formats
