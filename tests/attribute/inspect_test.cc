// What engines print of a container, cut to what is read; the event classes are those of their own
// sources and documents.
#include <doctest/doctest.h>

#include "attribute/side_facts.h"

using namespace medic::attribute;

namespace {

const std::string kId(64, 'a');

SideFacts read(const std::string& text, const std::string& source = "inspect.json") {
  SideFacts facts;
  const auto result = read_inspect(text, source, facts);
  if (!result) MESSAGE(result.error().text);
  REQUIRE(result);
  return facts;
}

ContainerFact only(const std::string& text, const std::string& source = "inspect.json") {
  SideFacts facts = read(text, source);
  REQUIRE(facts.containers.size() == 1);
  return facts.containers[0];
}

std::string refusal(const std::string& text) {
  SideFacts facts;
  const auto result = read_inspect(text, "x.json", facts);
  return result ? "read" : result.error().text;
}

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

TEST_CASE("docker inspect") {
  const ContainerFact fact =
      only(R"([{"Id":")" + kId + R"(","Name":"/web","Path":"/usr/sbin/nginx","Image":"sha256:1",
    "State":{"Status":"running","Pid":4711,"StartedAt":"2026-11-22T01:02:03.5Z","FinishedAt":"0001-01-01T00:00:00Z"},
    "ProcessLabel":"system_u:system_r:container_t:s0:c1,c2","AppArmorProfile":"docker-default",
    "HostConfig":{"Privileged":true,"CapAdd":["NET_ADMIN"],"CapDrop":null,"SecurityOpt":["seccomp=unconfined"]},
    "Config":{"Image":"nginx:1","Labels":{"io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop","io.kubernetes.container.name":"nginx"}}}])");
  CHECK(fact.engine == "docker");
  CHECK(fact.id == kId);
  CHECK(fact.name == "nginx");
  CHECK(fact.pod == "shop/web-0");
  CHECK(fact.image == "nginx:1");
  CHECK(fact.pid == 4711);
  CHECK(fact.started_ns == 1795309323 * kSecond + kSecond / 2);
  CHECK_FALSE(fact.finished_ns);
  CHECK(fact.process_label.ends_with("c1,c2"));
  CHECK(fact.apparmor == "docker-default");
  CHECK(fact.privileged);
  CHECK(fact.cap_add == std::vector<std::string>{"NET_ADMIN"});
  CHECK(fact.seccomp == "unconfined");
}

TEST_CASE("docker inspect of a container that has ended names no process") {
  const ContainerFact fact = only(
      R"([{"Id":")" + kId +
      R"(","Name":"/web","State":{"Status":"exited","Pid":0,"StartedAt":"2026-11-22T01:02:03Z","FinishedAt":"2026-11-22T01:02:09Z"}}])");
  CHECK(fact.pid == -1);
  CHECK(*fact.finished_ns - *fact.started_ns == 6 * kSecond);
}

TEST_CASE("podman inspect") {
  const ContainerFact fact = only(
      R"([{"Id":")" + kId +
      R"(","Name":"db","ImageName":"docker.io/library/redis:7","Path":"redis-server","BoundingCaps":[],"OCIConfigPath":"/x",
    "State":{"OciVersion":"1.0.2","Pid":812,"ConmonPid":810,"StartedAt":"2026-11-22T02:02:03.123456789+01:00","CgroupPath":"/machine.slice/libpod-)" +
      kId + R"(.scope"}}])");
  CHECK(fact.engine == "podman");
  CHECK(fact.name == "db");
  CHECK(fact.monitor_pid == 810);
  CHECK(fact.started_ns == 1795309323 * kSecond + 123456789);
  CHECK(fact.cgroup.find("libpod-") != std::string::npos);
}

TEST_CASE("crictl inspect and inspectp") {
  const SideFacts facts = read(
      R"({"status":{"id":")" + kId +
      R"(","metadata":{"attempt":0,"name":"app"},"state":"CONTAINER_RUNNING","createdAt":"2026-11-22T01:02:03Z","startedAt":"2026-11-22T01:02:04Z",
      "finishedAt":"0001-01-01T00:00:00Z","image":{"image":"app:2"},"labels":{"io.kubernetes.container.name":"app","io.kubernetes.pod.name":"app-x","io.kubernetes.pod.namespace":"default","io.kubernetes.pod.uid":"u-1"}},
      "info":{"pid":99,"sandboxID":"s","runtimeSpec":{"process":{"args":["/app","-v"]},"linux":{"cgroupsPath":"kubepods-pod1.slice:cri-containerd:)" +
      kId + R"("}}}}
    {"status":{"id":"s","metadata":{"name":"app-x","namespace":"default","uid":"u-1"},"state":"SANDBOX_READY","createdAt":"2026-11-22T01:02:02Z"},"info":{"pid":88}})");
  REQUIRE(facts.containers.size() == 2);
  CHECK(facts.containers[0].pid == 99);
  CHECK(facts.containers[0].pod == "default/app-x");
  CHECK(facts.containers[0].pod_uid == "u-1");
  CHECK(facts.containers[0].command == "/app");
  CHECK(facts.containers[0].image == "app:2");
  CHECK(facts.containers[1].name == "POD");
  CHECK(facts.containers[1].pod == "default/app-x");
}

TEST_CASE("nerdctl's native form, runtimes' state and list, their files, a config") {
  CHECK(
      only(
          R"([{"ID":"n1","Image":"alpine","Labels":{"nerdctl/name":"eager"},"CreatedAt":"2026-11-22T01:02:03Z","Spec":{"process":{"args":["sh"]}},"Process":{"Pid":5}}])")
          .name == "eager");
  CHECK(
      only(
          R"({"ociVersion":"1.0.2","id":"web","pid":77,"status":"running","bundle":"/b","created":"2026-11-22T01:02:03.4Z"})")
          .pid == 77);
  CHECK(
      only(R"({"ociVersion":"1.0.2","id":"web","pid":77,"status":"stopped","bundle":"/b"})").pid ==
      -1);
  CHECK(read(R"([{"id":"a","pid":1,"status":"running"},{"id":"b","pid":2,"status":"running"}])")
            .containers.size() == 2);
  const ContainerFact state = only(
      R"({"id":"web","init_process_pid":77,"init_process_start":12345,"created":"2026-11-22T01:02:03Z","config":{"process_label":"x:s0:c3,c4","seccomp":{}},"cgroup_paths":{"pids":"/docker/)" +
      kId + R"("}})");
  CHECK(state.start_ticks == 12345);
  CHECK(state.cgroup == "/docker/" + kId);
  const ContainerFact status = only(
      R"({"pid":31,"process-start-time":999,"cgroup-path":"","bundle":"/b/x","rootfs":"/r","created":"2026-11-22T01:02:03Z"})",
      "/run/crun/web/status");
  CHECK(status.id == "web");
  CHECK(status.start_ticks == 999);
  CHECK(
      only(
          R"({"ociVersion":"1.0.2","process":{"args":["sh"],"apparmorProfile":"mine"},"linux":{"cgroupsPath":"system.slice:docker:)" +
          kId + R"("}})")
          .id == kId);
}

TEST_CASE("kubectl's pods name the containers of ids") {
  const SideFacts facts = read(
      R"({"kind":"List","items":[{"kind":"Pod","metadata":{"name":"p","namespace":"n","uid":"u"},"status":{"containerStatuses":[
    {"name":"app","image":"app:1","containerID":"containerd://)" +
      kId + R"(","state":{"running":{"startedAt":"2026-11-22T01:02:03Z"}}},{"name":"later"}]}}]})");
  REQUIRE(facts.containers.size() == 1);
  CHECK(facts.containers[0].name == "app");
  CHECK(facts.containers[0].pod == "n/p");
}

TEST_CASE("What is no description of a container is refused, with a reason") {
  CHECK(refusal("") == "holds no JSON");
  CHECK(refusal("hello") == "holds no JSON");
  CHECK(refusal("[]") == "read");
  CHECK(refusal(R"([{"a":1}])") == "describes no container");
  CHECK(refusal(R"([{"Id":"x","State":{"Pid":1)") == "is not whole JSON");
  CHECK(refusal(R"({"id":"a","pid":1}{"id")") == "is cut off, or damaged JSON stands in it");
  CHECK(refusal(std::string(200000, '[')) == "is not whole JSON");
  CHECK(refusal(R"({"State":{"Pid":"many"},"Id":7})") == "describes no container");
  CHECK(refusal(R"({"State":{"Pid":1e99},"Id":"x"})") == "read");
}

TEST_CASE("Times as engines write them") {
  struct Row {
    const char* text;
    std::optional<std::int64_t> expected;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"1970-01-01T00:00:01Z", kSecond},
                                  {"1970-01-01T01:00:01+01:00", kSecond},
                                  {"1970-01-01 00:00:01.25 +0000 UTC", kSecond + kSecond / 4},
                                  {"1970-01-01T00:00:01.123456789123Z", kSecond + 123456789},
                                  {"0001-01-01T00:00:00Z", std::nullopt},
                                  {"yesterday", std::nullopt},
                                  {"", std::nullopt},
                                  {"1970-13-01T00:00:01Z", std::nullopt},
                                  {"1970-01-01T00:00:01*", std::nullopt}}) {
    CAPTURE(row.text);
    CHECK(parse_timestamp(row.text) == row.expected);
  }
}
