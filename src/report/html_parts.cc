#include "report/html_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/markup.h"
#include "report/text_parts.h"

namespace medic::report {
namespace {

std::string pair(std::string_view name, std::string_view value) {
  return value.empty() ? std::string()
                       : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, markup_line(value));
}

std::string place_of(const Row& row) {
  if (row.place.file.empty()) return {};
  std::string out =
      row.place.line == 0 ? row.place.file : fmt::format("{}:{}", row.place.file, row.place.line);
  for (const std::uint64_t line : row.more_lines) out += fmt::format(", {}", line);
  return out;
}

std::string times_of(const Row& row) {
  const std::string first = time_text(row.first), last = time_text(row.last);
  return first == last ? first : fmt::format("{} to {}", first, last);
}

std::string met_table(const Row& row) {
  constexpr std::size_t kMost = 25;
  std::string body;
  for (std::size_t i = 0; i < row.met.size() && i < kMost; ++i) {
    const diagnose::Met& met = row.met[i];
    body += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td></tr>\n",
        markup_line(met.comm), markup_line(met.exe), markup_line(met.container),
        markup_line(met.host), met.processes, met.count);
  }
  if (body.empty()) return {};
  const std::size_t omitted = row.met.size() > kMost ? row.met.size() - kMost : 0;
  return fmt::format(
      "<details{}><summary>Who met it</summary>\n<div class=\"scroll\"><table><thead><tr>"
      "<th>program</th><th>file</th><th>container</th><th>host</th><th class=\"n\">processes</th>"
      "<th class=\"n\">times</th></tr></thead><tbody>\n{}</tbody></table></div>{}\n</details>\n",
      row.met.size() > 1 ? " open" : "", body,
      omitted > 0 ? fmt::format("<p>and {} more</p>", omitted) : "");
}

std::string evidence_of(const Row& row) {
  std::string out;
  for (const diagnose::Evidence& each : row.evidence)
    out += fmt::format("<p class=\"mono note\">{}:{}</p>\n{}", markup_line(each.file), each.line,
                       each.text.empty() ? ""
                                         : fmt::format("<pre>{}</pre>\n",
                                                       markup_line(fields_that_matter(each.text))));
  return out;
}

std::string numbered_line(std::uint64_t number, std::string_view text, std::string_view type) {
  return fmt::format(
      "<div class=\"{}\"><span class=\"no\">{}</span><span class=\"tx\">{}</span>"
      "</div>\n",
      type, number, markup_line(text));
}

}  // namespace

std::string row_table(const std::vector<Row>& rows, bool are_denials, std::string_view anchor) {
  constexpr std::size_t kMost = 300;
  if (rows.empty()) return {};
  std::string out = "<div class=\"scroll\"><table><thead><tr><th class=\"n\"></th><th>what</th>";
  out += are_denials ? "<th class=\"n\">times</th><th class=\"n\">programs</th><th>layer</th>"
                       "<th>certainty</th><th>risk</th>"
                     : "<th>level</th><th>where</th>";
  out += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < rows.size() && i < kMost; ++i) {
    const Row& row = rows[i];
    out += fmt::format(
        "<tr><td class=\"n\">{0}</td><td><a class=\"{1}\" href=\"#{2}{0}\">{3}</a>"
        "</td>",
        i + 1, json_name(row.level), anchor, markup_line(row.title));
    out += are_denials ? fmt::format(
                             "<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td>"
                             "<td>{}</td>",
                             row.count, row.programs, row.layer, row.certainty, row.risk)
                       : fmt::format("<td class=\"{0}\">{0}</td><td>{1}</td>", json_name(row.level),
                                     markup_line(place_of(row)));
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string article(const Row& row, std::string_view id, std::size_t number) {
  std::string out =
      fmt::format("<article id=\"{}\">\n<h3>{}. <span class=\"{}\">{}</span></h3>\n<p>", id, number,
                  json_name(row.level), markup_line(row.title));
  for (const std::string& tag : {row.kind, row.layer, row.certainty})
    if (!tag.empty()) out += fmt::format("<span class=\"tag\">{}</span>", markup_line(tag));
  out += "</p>\n";
  if (!row.text.empty()) out += fmt::format("<p>{}</p>\n", markup_line(row.text));
  if (!row.fix.empty())
    out += fmt::format("<p class=\"fix\"><strong>Fix:</strong> {}</p>\n", markup_line(row.fix));
  const std::string risk =
      row.risk.empty() || row.risk_why.empty() ? row.risk : row.risk + ": it " + row.risk_why;
  out += "<dl>\n" +
         pair("how often", row.processes > 0
                               ? fmt::format("{}, {} {}", times_words(row.count), row.processes,
                                             row.processes == 1 ? "process" : "processes")
                               : "") +
         pair("when", times_of(row)) + pair("machine", row.arch) + pair("risk", risk) +
         pair("who wrote it", row.provenance) + pair("container", row.container_id) +
         pair("image", row.image) + pair("pod", row.pod) + pair("unit", row.unit) +
         pair("in the profile", place_of(row)) + pair("id", row.id) + "</dl>\n";
  if (!row.notes.empty()) {
    out += "<ul>\n";
    for (const std::string& note : row.notes) out += "<li>" + markup_line(note) + "</li>\n";
    out += "</ul>\n";
  }
  return out + met_table(row) + evidence_of(row) + "</article>\n";
}

std::string profile_lines(std::string_view text, const std::set<std::uint64_t>& hits,
                          const std::set<std::uint64_t>& changed) {
  constexpr std::uint64_t kAround = 3, kShort = 60;
  if (text.empty()) return {};
  std::vector<std::string_view> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const bool whole = lines.size() <= kShort;
  const auto is_near = [&](std::uint64_t line) {
    const auto near = [&](const std::set<std::uint64_t>& of) {
      const auto at = of.lower_bound(line > kAround ? line - kAround : 1);
      return at != of.end() && *at <= line + kAround;
    };
    return whole || near(hits) || near(changed);
  };
  std::string out;
  std::uint64_t last = 0;
  for (std::uint64_t i = 1; i <= lines.size(); ++i) {
    if (!is_near(i)) continue;
    if (last + 1 != i) out += "<div><span class=\"no\">…</span><span class=\"tx\"></span></div>\n";
    last = i;
    out += numbered_line(i, lines[i - 1],
                         changed.contains(i) ? "add"
                         : hits.contains(i)  ? "hit"
                                             : "");
  }
  return out.empty() ? out : "<div class=\"lines mono\">\n" + out + "</div>\n";
}

std::string diff_lines(std::string_view diff) {
  std::vector<std::string_view> lines = split(diff, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::string out = "<div class=\"lines mono\">\n";
  for (const std::string_view line : lines)
    out += fmt::format("<div class=\"{}\"><span class=\"tx\">{}</span></div>\n",
                       line.starts_with('+')   ? "add"
                       : line.starts_with('-') ? "del"
                                               : "",
                       markup_line(line));
  return out + "</div>\n";
}

}  // namespace medic::report
