// what-if in both forms.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "base/text.h"
#include "report/report.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kShownWays = 20, kShownHoles = 5;

std::string heading(const WhatIfReport& report) {
  std::string context;
  for (const auto& [name, value] : report.context)
    context += fmt::format("{}{} {}", context.empty() ? "" : ", ", name, value);
  const std::size_t breaks = report.count(Effect::Breaks), may = report.count(Effect::MayBreak),
                    borne = report.count(Effect::Borne);
  std::string out = fmt::format("With {}{}{}: ", escape_for_terminal(report.profile),
                                context.empty() ? "" : " under ", context);
  if (breaks + may + borne == 0)
    return out + fmt::format("nothing changes for the {} different calls of the logs.\n",
                             report.replayed);
  return out + fmt::format("{} break{}, {} may break, {} {} borne ({} different calls replayed).\n",
                           breaks, breaks == 1 ? "s" : "", may, borne, borne == 1 ? "is" : "are",
                           report.replayed);
}

std::string headline(const Foreseen& each) {
  std::string out = fmt::format("{} ({}) {}", each.call, kernel::name(each.arch), each.tomorrow);
  out += each.kind == "new-call"        ? ", and will be made"
         : each.kind == "runtime-start" ? ", and the runtime needs it"
                                        : "; until now " + each.today;
  if (!each.harm.empty()) out += ": " + each.harm;
  return out;
}

std::string one_text(const Foreseen& each, std::size_t number, const Style& style) {
  const char* effect = each.effect == Effect::Breaks     ? "BREAKS"
                       : each.effect == Effect::MayBreak ? "MAY BREAK"
                                                         : "borne";
  const auto item = [&](std::string_view text) {
    return "    " + wrap(escape_for_terminal(text), 6, style) + "\n";
  };
  std::string out =
      wrap(fmt::format("{}. {}: {}", number, effect, escape_for_terminal(headline(each))), 3,
           style) +
      "\n";
  out += item(each.because);
  if (!each.programs.empty())
    out += item(fmt::format("seen: {} time{} by {}, first at {}:{}", each.count,
                            each.count == 1 ? "" : "s", fmt::join(each.programs, ", "), each.file,
                            each.line));
  out += item("fix: " + each.fix);
  if (!each.rule.empty()) out += "      " + escape_for_terminal(each.rule) + "\n";
  if (!each.source.empty()) out += item("source: " + each.source);
  return out;
}

std::string reachable_text(const WhatIfReport& report, const Style& style) {
  if (report.reachable.empty()) return "";
  std::string out = fmt::format(
      "\nThe program's code can make {} calls that the logs do not show and the profile denies:\n",
      report.reachable.size());
  std::size_t shown = 0;
  for (const auto& [call, way] : report.reachable) {
    if (shown++ == kShownWays && !style.details) {
      out += fmt::format("  and {} more (--format json has them all)\n",
                         report.reachable.size() - kShownWays);
      break;
    }
    out += "  " + wrap(escape_for_terminal(fmt::format("{}: {}", call, way)), 6, style) + "\n";
  }
  return out;
}

Json one_json(const Foreseen& each) {
  Json rule = nullptr;
  if (!each.rule.empty()) rule = Json::parse(each.rule, nullptr, false);
  return {{"call", each.call},       {"arch", kernel::name(each.arch)},
          {"kind", each.kind},       {"effect", json_name(each.effect)},
          {"today", each.today},     {"tomorrow", each.tomorrow},
          {"because", each.because}, {"harm", each.harm},
          {"fix", each.fix},         {"rule", rule},
          {"source", each.source},   {"programs", each.programs},
          {"file", each.file},       {"line", each.line},
          {"count", each.count}};
}

}  // namespace

std::size_t WhatIfReport::count(Effect effect) const {
  return static_cast<std::size_t>(
      std::count_if(foreseen.begin(), foreseen.end(),
                    [&](const Foreseen& each) { return each.effect == effect; }));
}

std::string_view json_name(Effect effect) {
  switch (effect) {
    case Effect::Breaks: return "breaks";
    case Effect::MayBreak: return "may-break";
    case Effect::Borne: return "borne";
  }
  return "";
}

std::string what_if_text(const WhatIfReport& report, const Style& style) {
  std::string out = wrap(heading(report), 0, style);
  if (!out.ends_with('\n')) out += '\n';
  std::size_t number = 0;
  for (const Foreseen& each : report.foreseen) out += "\n" + one_text(each, ++number, style);
  out += reachable_text(report, style);
  for (std::size_t i = 0; i < report.holes.size(); ++i) {
    if (i == kShownHoles) {
      out += fmt::format("but: {} more such places\n", report.holes.size() - i);
      break;
    }
    out += "but: " + escape_for_terminal(report.holes[i]) + "\n";
  }
  for (const std::string& note : report.notes)
    out += wrap("note: " + escape_for_terminal(note), 6, style) + "\n";
  return out;
}

std::string what_if_json(const WhatIfReport& report, const Style&) {
  Json foreseen = Json::array(), context = Json::object(), reachable = Json::array();
  for (const auto& [name, value] : report.context) context[name] = value;
  for (const Foreseen& each : report.foreseen) foreseen.push_back(one_json(each));
  for (const auto& [call, way] : report.reachable)
    reachable.push_back({{"call", call}, {"way", way}});
  const Json answer = {{"schema", "seccomp-medic/what-if/1"},
                       {"profile", report.profile},
                       {"context", context},
                       {"replayed", report.replayed},
                       {"breaks", report.count(Effect::Breaks)},
                       {"may_break", report.count(Effect::MayBreak)},
                       {"borne", report.count(Effect::Borne)},
                       {"foreseen", foreseen},
                       {"reachable", reachable},
                       {"holes", report.holes},
                       {"notes", report.notes}};
  return escape_json(answer.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace medic::report
