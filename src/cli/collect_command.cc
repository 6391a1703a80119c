// collect: the query or command that fetches from a log store just the lines that matter. It is
// printed, and never run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/door.h"
#include "cli/session.h"
#include "cli/typed_time.h"

namespace medic::cli {
namespace {

// What a line says that matters: seccomp's, the security modules' and dying programs' records, in
// audit's and the kernel log's spelling, and what shells say of a death by SIGSYS. No character in
// it is special in any of the stores' quotes.
constexpr std::string_view kPattern =
    "type=(1326|1400|1701|SECCOMP|AVC|USER_AVC|ANOM_ABEND)|(SECCOMP|ANOM_ABEND) auid=|status=31.SYS|apparmor=.?.?DENIED|avc: "
    "+denied|SIGSYS|Bad system call|operation not permitted|Operation not permitted";
// The same as words, for stores that search words.
constexpr std::string_view kPhrases[] = {"type=1326",
                                         "type=1400",
                                         "type=1701",
                                         "type=SECCOMP",
                                         "type=AVC",
                                         "type=ANOM_ABEND",
                                         "apparmor=\"DENIED\"",
                                         "avc: denied",
                                         "SIGSYS",
                                         "Bad system call",
                                         "Operation not permitted"};

// What is wanted of the store. Times are nanoseconds since 1970, and empty texts ask for nothing.
struct Wanted {
  std::optional<std::int64_t> since, until;
  std::string container, pod, name_space, host;
};

constexpr std::int64_t kSecond = 1'000'000'000;

std::string rfc3339(std::int64_t ns) {
  model::Time time;
  time.basis = model::Time::Basis::Epoch;
  time.ns = ns;
  return report::time_json(time);
}

// In double quotes, as LogQL, SPL, KQL, CloudWatch Insights and GCP's filters take a string.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// As ClickHouse takes a string.
std::string in_sql(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

struct Term {
  std::string_view field;
  const std::string& value;
};

// The terms that are asked for, each as FIELD OP "VALUE", joined.
std::string joined(std::initializer_list<Term> terms, std::string_view op, std::string_view before,
                   std::string_view between) {
  std::string out;
  for (const Term& term : terms) {
    if (term.value.empty()) continue;
    out += fmt::format("{}{}{}{}", out.empty() ? before : between, term.field, op,
                       in_quotes(term.value));
  }
  return out;
}

std::string loki(const Wanted& wanted) {
  std::string selector = joined({{"namespace", wanted.name_space},
                                 {"pod", wanted.pod},
                                 {"container", wanted.container},
                                 {"host", wanted.host}},
                                "=", "", ", ");
  if (selector.empty()) selector = "job=~\".+\"";
  std::string out = "logcli query --quiet --forward --limit=0 --output=jsonl";
  if (wanted.since) out += " --from=" + rfc3339(*wanted.since);
  if (wanted.until) out += " --to=" + rfc3339(*wanted.until);
  return out + " " + shell_word(fmt::format("{{{}}} |~ `{}`", selector, kPattern));
}

std::string elastic(const Wanted& wanted) {
  using Json = nlohmann::ordered_json;
  Json filter = Json::array(), should = Json::array();
  Json range = Json::object();
  if (wanted.since) range["gte"] = rfc3339(*wanted.since);
  if (wanted.until) range["lte"] = rfc3339(*wanted.until);
  if (!range.empty()) filter.push_back({{"range", {{"@timestamp", range}}}});
  for (const Term& term : {Term{"kubernetes.namespace", wanted.name_space},
                           {"kubernetes.pod.name", wanted.pod},
                           {"container.name", wanted.container},
                           {"host.name", wanted.host}}) {
    if (!term.value.empty()) filter.push_back({{"term", {{std::string(term.field), term.value}}}});
  }
  for (const std::string_view phrase : kPhrases)
    should.push_back(
        {{"multi_match",
          {{"query", phrase}, {"type", "phrase"}, {"fields", {"message", "event.original"}}}}});
  should.push_back(
      {{"terms", {{"auditd.log.record_type", {"SECCOMP", "AVC", "USER_AVC", "ANOM_ABEND"}}}}});
  const Json body = {
      {"size", 10000},
      {"sort", {{{"@timestamp", "asc"}}}},
      {"query", {{"bool", {{"filter", filter}, {"should", should}, {"minimum_should_match", 1}}}}}};
  return "curl -sS -H 'Content-Type: application/json' "
         "\"${ELASTICSEARCH_URL:-http://localhost:9200}/logs-*,filebeat-*,auditbeat-*/_search?"
         "ignore_unavailable=true\" -d " +
         shell_word(body.dump(-1, ' ', true));
}

std::string splunk(const Wanted& wanted) {
  std::string search = fmt::format("search index=* | regex _raw={}", in_quotes(kPattern));
  search += joined({{"namespace", wanted.name_space},
                    {"pod", wanted.pod},
                    {"container_name", wanted.container},
                    {"host", wanted.host}},
                   "=", " | where ", " AND ");
  search += " | sort 0 _time | fields _time, host, _raw";
  std::string out =
      "curl -sS -u \"$SPLUNK_USER\" \"${SPLUNK_URL:-https://localhost:8089}/services/search/jobs/"
      "export\" --data-urlencode output_mode=json";
  if (wanted.since) out += fmt::format(" -d earliest_time={}", *wanted.since / kSecond);
  if (wanted.until) out += fmt::format(" -d latest_time={}", *wanted.until / kSecond);
  return out + " --data-urlencode " + shell_word("search=" + search);
}

std::string cloudwatch(const Wanted& wanted) {
  std::string query =
      fmt::format("fields @timestamp, @logStream, @message | filter @message like /{}/", kPattern);
  query += joined({{"kubernetes.namespace_name", wanted.name_space},
                   {"kubernetes.pod_name", wanted.pod},
                   {"kubernetes.container_name", wanted.container},
                   {"kubernetes.host", wanted.host}},
                  " = ", " | filter ", " and ");
  query += " | sort @timestamp asc | limit 10000";
  const std::string from =
      wanted.since ? fmt::format("{}", *wanted.since / kSecond) : "$(($(date +%s) - 86400))";
  const std::string to = wanted.until ? fmt::format("{}", *wanted.until / kSecond) : "$(date +%s)";
  return fmt::format(
      "id=$(aws logs start-query --log-group-name \"$LOG_GROUP\" --start-time {} --end-time {} "
      "--query-string {} --query queryId --output text)\n"
      "until [ \"$(aws logs get-query-results --query-id \"$id\" --query status --output text)\" = "
      "Complete ]; do sleep 2; done\n"
      "aws logs get-query-results --query-id \"$id\" --output json",
      from, to, shell_word(query));
}

std::string gcp(const Wanted& wanted) {
  std::string filter =
      fmt::format("(textPayload=~{0} OR jsonPayload.message=~{0} OR jsonPayload.MESSAGE=~{0})",
                  in_quotes(kPattern));
  filter += joined({{"resource.labels.namespace_name", wanted.name_space},
                    {"resource.labels.pod_name", wanted.pod},
                    {"resource.labels.container_name", wanted.container},
                    {"resource.labels.node_name", wanted.host}},
                   "=", " AND ", " AND ");
  if (wanted.since) filter += " AND timestamp>=" + in_quotes(rfc3339(*wanted.since));
  if (wanted.until) filter += " AND timestamp<=" + in_quotes(rfc3339(*wanted.until));
  return "gcloud logging read --format=json --order=asc " + shell_word(filter);
}

std::string azure(const Wanted& wanted) {
  const bool of_pods =
      !wanted.container.empty() || !wanted.pod.empty() || !wanted.name_space.empty();
  const std::string_view text = of_pods ? "LogMessage" : "SyslogMessage";
  std::string query = of_pods ? "ContainerLogV2" : "Syslog";
  for (const auto& [time, op] :
       {std::pair{&wanted.since, std::string_view(">=")}, {&wanted.until, "<="}}) {
    if (*time) query += fmt::format(" | where TimeGenerated {} datetime({})", op, rfc3339(**time));
  }
  query += fmt::format(" | where tostring({}) matches regex {}", text, in_quotes(kPattern));
  query += joined({{"PodNamespace", wanted.name_space},
                   {"PodName", wanted.pod},
                   {"ContainerName", wanted.container},
                   {"Computer", wanted.host}},
                  " == ", " | where ", " and ");
  query += fmt::format(" | project TimeGenerated, Computer, {} | order by TimeGenerated asc", text);
  return "az monitor log-analytics query --workspace \"$WORKSPACE_ID\" --output json "
         "--analytics-query " +
         shell_word(query);
}

std::string clickhouse(const Wanted& wanted) {
  std::string where = fmt::format("match(Body, {})", in_sql(kPattern));
  for (const Term& term : {Term{"k8s.namespace.name", wanted.name_space},
                           {"k8s.pod.name", wanted.pod},
                           {"k8s.container.name", wanted.container},
                           {"host.name", wanted.host}}) {
    if (!term.value.empty())
      where += fmt::format(" AND ResourceAttributes['{}'] = {}", term.field, in_sql(term.value));
  }
  for (const auto& [time, op] :
       {std::pair{&wanted.since, std::string_view(">=")}, {&wanted.until, "<="}}) {
    if (*time)
      where += fmt::format(" AND Timestamp {} parseDateTime64BestEffort('{}', 9, 'UTC')", op,
                           rfc3339(**time));
  }
  return "clickhouse-client --query " +
         shell_word(fmt::format("SELECT Timestamp, ResourceAttributes['host.name'] AS host, Body "
                                "FROM otel_logs WHERE {} ORDER BY Timestamp FORMAT JSONEachRow",
                                where));
}

// As journalctl takes a time of this zone, whatever that of the machine.
std::string journal_time(std::int64_t ns) { return fmt::format("@{}", ns / kSecond); }

std::string journald(const Wanted& wanted) {
  std::string out = "journalctl --no-pager --output=json";
  if (wanted.since) out += " --since=" + journal_time(*wanted.since);
  if (wanted.until) out += " --until=" + journal_time(*wanted.until);
  out += " --grep=" + shell_word(kPattern) + " _TRANSPORT=audit _TRANSPORT=kernel";
  if (!wanted.host.empty()) out += " " + shell_word("_HOSTNAME=" + wanted.host);
  return out;
}

// The log of the Security Profiles Operator's enricher, which names pods; or a node's journal.
std::string k8s(const Wanted& wanted) {
  if (!wanted.host.empty()) {
    Wanted of_node = wanted;
    of_node.host.clear();
    return fmt::format(
        "kubectl debug --quiet --attach {} --profile=sysadmin --image=busybox -- chroot /host {}",
        shell_word("node/" + wanted.host), journald(of_node));
  }
  std::string out =
      "kubectl logs --namespace=security-profiles-operator --selector=name=spod "
      "--container=log-enricher --tail=-1 --max-log-requests=1000";
  if (wanted.since) out += " --since-time=" + rfc3339(*wanted.since);
  for (const std::string* name : {&wanted.name_space, &wanted.pod, &wanted.container}) {
    if (!name->empty()) out += " | grep -F -e " + shell_word(*name);
  }
  return out;
}

struct Store {
  std::string_view name;
  std::string (*query)(const Wanted&);
  std::string_view file;  // what the export is called in the advice
  std::string_view note;  // what is to be filled in, or what the store cannot do
};

constexpr Store kStores[] = {
    {"loki", loki, "export.jsonl", "LOKI_ADDR names the server"},
    {"elastic", elastic, "export.json",
     "10,000 hits are the most that one answer has: a shorter time for more"},
    {"splunk", splunk, "export.jsonl", "SPLUNK_USER is USER:PASSWORD"},
    {"cloudwatch", cloudwatch, "export.json",
     "LOG_GROUP names the group; 10,000 lines are the most that one answer has"},
    {"gcp", gcp, "export.json", "without --since it is the last day"},
    {"azure", azure, "export.json", "WORKSPACE_ID names the workspace"},
    {"clickhouse", clickhouse, "export.jsonl",
     "otel_logs is the table of OpenTelemetry's exporter"},
    {"journald", journald, "export.json",
     "the kernel's records name no container: `diagnose --container` chooses"},
    {"k8s", k8s, "export.log",
     "this reads the Security Profiles Operator's log enricher; with --host NODE the node's "
     "journal; --until is left to diagnose"},
};

Result<std::string> plain_name(const char* option, const Text& typed) {
  const std::string name = typed.value_or("");
  const bool is_plain = std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
  if (is_plain && name.size() <= 253) return name;
  return usage_failure<std::string>(
      fmt::format("--{} '{}' is no name", option, escape_for_terminal(shorten(name, 100))));
}

Result<Wanted> wanted_of(const CollectingOptions& args) {
  Wanted out;
  for (const auto& [option, typed, to] : {std::tuple{"container", &args.container, &out.container},
                                          {"pod", &args.pod, &out.pod},
                                          {"namespace", &args.namespace_name, &out.name_space},
                                          {"host", &args.host, &out.host}}) {
    auto name = plain_name(option, *typed);
    if (!name) return fail(std::move(name.error()));
    *to = std::move(*name);
  }
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  for (const auto& [typed, to] : {std::pair{&args.since, &out.since}, {&args.until, &out.until}}) {
    if (!*typed) continue;
    auto time = parse_time(**typed, now);
    if (!time) return fail(std::move(time.error()));
    *to = *time;
  }
  return out;
}

}  // namespace

int run_collect(const CollectingOptions& args) {
  const std::string from = args.from.value_or("");
  const auto* store = std::find_if(std::begin(kStores), std::end(kStores),
                                   [&](const Store& each) { return each.name == from; });
  if (store == std::end(kStores) || !args.positional.empty())
    return refuse(usage_problem("where the logs are kept is not named",
                                "--from loki, elastic, splunk, cloudwatch, gcp, azure, "
                                "clickhouse, journald or k8s"));
  const auto wanted = wanted_of(args);
  if (!wanted) return refuse(wanted.error());
  const bool narrows =
      !wanted->container.empty() || !wanted->pod.empty() || !wanted->name_space.empty();
  if (const int printed = print(store->query(*wanted) + "\n"); printed != kDone) return printed;
  say(fmt::format("note: nothing was run; {}\n", store->note), args);
  if (narrows && store->name != "k8s" && store->name != "journald")
    say("note: a host's audit log is no container's: this fetches what the container wrote itself; "
        "--host NAME alone fetches the kernel's records\n",
        args);
  say(fmt::format("then: seccomp-medic diagnose {}   (the output, saved there)\n", store->file),
      args);
  return kDone;
}

}  // namespace medic::cli
