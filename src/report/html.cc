// One page that explains itself: no script, no network, no byte of a log that acts. Its parts are
// in html_parts.cc, the timeline in timeline.cc.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

// The colours are dark on light and light on dark with a contrast of 4.5 and more.
constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--box:#f6f8fa;
--bad:#a40e26;--warn:#7a4d00;--ok:#0f6a30;--mark:#fff3bf;--add:#dafbe1;--del:#ffebe9;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9aa4af;--line:#30363d;
--box:#161b22;--bad:#ff8f87;--warn:#e3b341;--ok:#56d364;--mark:#4b3b00;--add:#12361e;--del:#4b1a1d;
--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.25rem}
h1{font-size:1rem;font-weight:600;color:var(--dim);margin:0}
.conclusion{font-size:1.45rem;line-height:1.3;font-weight:600;margin:.25rem 0 1.25rem}
h2{font-size:1.15rem;margin:2rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .4rem}
p{margin:.4rem 0}a{color:var(--link)}
code,pre,.mono{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
p,li,dd,dt,h2,h3,.conclusion,summary{overflow-wrap:anywhere}
td:nth-child(2){overflow-wrap:anywhere;min-width:8rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;color:var(--dim);font-weight:600}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}
.error{color:var(--bad)}.warning{color:var(--warn)}.note{color:var(--dim)}.ok{color:var(--ok)}
article{border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;margin:0 0 .8rem}
.fix{border-left:3px solid var(--ok);padding-left:.7rem}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.15rem .9rem;margin:.5rem 0}
dt{color:var(--dim)}dd{margin:0}
.tag{display:inline-block;border:1px solid var(--line);border-radius:3px;padding:0 .4rem;
font-size:.8rem;color:var(--dim);margin-right:.3rem}
pre{margin:.3rem 0;padding:.5rem .7rem;background:var(--box);border-radius:4px;white-space:pre-wrap;
overflow-wrap:anywhere}
.lines{background:var(--box);border-radius:4px;padding:.4rem 0;margin:0;overflow-x:auto}
.lines div{display:flex;padding:0 .6rem}
.lines .no{flex:none;width:3.2rem;text-align:right;padding-right:.8rem;color:var(--dim)}
.lines .tx{white-space:pre-wrap;tab-size:2;overflow-wrap:anywhere;min-width:0}
.lines .hit{background:var(--mark)}.lines .add{background:var(--add)}.lines .del{background:var(--del)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}
.pair>div{min-width:0}
svg{display:block;width:100%;height:auto;max-width:100%}
svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}
svg .axis{stroke:var(--line)}svg .error{fill:var(--bad)}svg .warning{fill:var(--warn)}svg .note{fill:var(--dim)}
summary{cursor:pointer;color:var(--dim)}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--box:#f6f6f6;
--bad:#8a0016;--warn:#6b4300;--ok:#0a5224;--mark:#fff3bf;--add:#dafbe1;--del:#ffebe9;--link:#000}
main{max-width:none;padding:0}body{font-size:11pt}article,tr{break-inside:avoid}
h2,h3{break-after:avoid}*{print-color-adjust:exact}}
)";

std::string sentences(std::string_view title, const std::vector<std::string>& list) {
  if (list.empty()) return {};
  std::string out = fmt::format("<h2>{}</h2>\n<ul>\n", title);
  for (const std::string& each : list) out += "<li>" + markup_line(each) + "</li>\n";
  return out + "</ul>\n";
}

std::string facts_of(std::string_view title, const Facts& facts) {
  if (facts.empty()) return {};
  std::string out = fmt::format("<h2>{}</h2>\n<dl>\n", title);
  for (const auto& [name, value] : facts)
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", markup_line(name), markup_line(value));
  return out + "</dl>\n";
}

std::string inputs_of(const std::vector<ledger::InputAccount>& inputs) {
  if (inputs.empty()) return {};
  constexpr std::size_t kMost = 100;
  std::string out =
      "<h2>What was read</h2>\n<div class=\"scroll\"><table><thead><tr><th>file</th>"
      "<th>kind</th><th class=\"n\">lines</th><th class=\"n\">used</th><th class=\"n\">of other "
      "things</th><th class=\"n\">damaged</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < inputs.size() && i < kMost; ++i) {
    const ledger::InputAccount& each = inputs[i];
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        markup_line(each.path),
        each.dialect.empty() ? "<span class=\"warning\">not recognised</span>"
                             : markup_line(each.dialect),
        each.lines, each.used, each.foreign, each.damaged);
  }
  out += "</tbody></table></div>\n";
  if (inputs.size() > kMost)
    out += fmt::format("<p>and {} more files</p>\n", inputs.size() - kMost);
  return out;
}

std::string profile_of(const Sheet& sheet) {
  std::set<std::uint64_t> hits;
  for (const Row& row : sheet.rows) {
    if (row.place.line != 0 && row.place.file == sheet.profile_name) hits.insert(row.place.line);
    if (row.place.file == sheet.profile_name)
      hits.insert(row.more_lines.begin(), row.more_lines.end());
  }
  const std::set<std::uint64_t> changed(sheet.changed.begin(), sheet.changed.end());
  const std::string text = profile_lines(sheet.profile_text, hits, changed);
  if (text.empty() && sheet.diff.empty()) return {};
  std::string out = fmt::format("<h2>The profile {}</h2>\n<div class=\"pair\">\n",
                                markup_line(sheet.profile_name));
  if (!text.empty()) out += "<div><h3>Lines concerned</h3>\n" + text + "</div>\n";
  if (!sheet.diff.empty())
    out += "<div><h3>The change</h3>\n" + diff_lines(sheet.diff) + "</div>\n";
  return out + "</div>\n";
}

std::string details_of(const std::vector<Row>& rows, std::string_view title,
                       std::string_view anchor) {
  constexpr std::size_t kMost = 300;
  if (rows.empty()) return {};
  std::string out = fmt::format("<h2>{}</h2>\n", title);
  for (std::size_t i = 0; i < rows.size() && i < kMost; ++i)
    out += article(rows[i], fmt::format("{}{}", anchor, i + 1), i + 1);
  if (rows.size() > kMost)
    out += fmt::format("<p>{} more are in the JSON form.</p>\n", rows.size() - kMost);
  return out;
}

std::string html(const Sheet& sheet, const Style&) {
  const std::string_view command = command_name(sheet.answer);
  const bool denials = sheet.answer == Answer::Diagnosis || sheet.answer == Answer::Check;
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<title>seccomp-medic {}: {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      command, markup_line(sheet.conclusion), kStyle);
  out += fmt::format("<h1>seccomp-medic {}</h1>\n<p class=\"conclusion\">{}</p>\n", command,
                     markup_line(sheet.conclusion));
  if (!sheet.command.empty()) out += fmt::format("<pre>{}</pre>\n", markup_lines(sheet.command));
  out += row_table(sheet.rows, denials, "row-");
  out += denials ? timeline(sheet.rows) : timeline(sheet.causes);
  out += profile_of(sheet);
  if (!sheet.causes.empty())
    out += "<h2>What was denied</h2>\n" + row_table(sheet.causes, true, "cause-");
  out += details_of(sheet.rows, "Details", "row-");
  out += details_of(sheet.causes, "The denials in detail", "cause-");
  out += facts_of("Context", sheet.facts) + facts_of("Proof", sheet.proof);
  out += sentences("What is not known", sheet.doubts) + sentences("Next", sheet.next);
  return out + inputs_of(sheet.inputs) + "</main>\n</body>\n</html>\n";
}

}  // namespace

extern const Renderer kHtmlRenderer;
const Renderer kHtmlRenderer{
    .name = "html",
    .sheet = html,
    .sheets = {Answer::Diagnosis, Answer::Check, Answer::Repair, Answer::Synthesis,
               Answer::Coverage, Answer::WhatIf, Answer::Lint, Answer::Diff}};

}  // namespace medic::report
