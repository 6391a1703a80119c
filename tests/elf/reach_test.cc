// What small programs can reach: each kind of call site, and what must not be reached.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "elf/program.h"
#include "elf/read_image.h"
#include "elf/read_module.h"
#include "elf/serialize.h"

using namespace medic;
using namespace medic::elf;

namespace {

// Files that the test makes up, or else the machine's own.
class Files : public FileTree {
 public:
  Result<std::optional<std::string_view>> read(const std::string& path) override {
    if (const auto it = files.find(path); it != files.end())
      return std::optional<std::string_view>(it->second);
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    if (!file || !(text << file.rdbuf())) return std::optional<std::string_view>();
    return std::optional<std::string_view>(files[path] = text.str());
  }
  std::map<std::string, std::string> files;
};

struct Case {
  Files files;
  Result<Reach> of(const std::string& path) {
    ModuleStore store(files);
    return reach(store, path);
  }
};

bool has(const Reach& reach, std::string_view call) {
  return std::any_of(reach.calls.begin(), reach.calls.end(),
                     [&](const auto& entry) { return kernel::known_name(entry.first) == call; });
}
std::string way(const Reach& reach, std::string_view call) {
  std::string text;
  for (const auto& [id, names] : reach.calls) {
    if (kernel::known_name(id) != call) continue;
    for (const std::string& name : names) text += name + ">";
  }
  return text;
}
std::string names(const Reach& reach) {
  std::vector<std::string> all;
  for (const auto& [id, why] : reach.calls) all.emplace_back(kernel::known_name(id));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const std::string& name : all) text += name + " ";
  return text;
}
std::string error(const Result<Reach>& reach) { return reach ? "none" : reach.error().text; }

}  // namespace

TEST_CASE("a program without libraries reaches what its code can reach, and no more") {
  Case c;
  const auto found = c.of(MEDIC_ELF_BARE);
  REQUIRE_MESSAGE(found.has_value(), error(found));
#if defined(__x86_64__)
  // either: getpid, getppid; wrapper: getuid, getgid; by_pointer: geteuid; through_stack:
  // gettimeofday, time; zero_by_comparison: read; leave: exit.
  CHECK(names(*found) == "exit geteuid getgid getpid getppid gettimeofday getuid read time ");
#endif
  CHECK(found->holes.empty());
  CHECK_FALSE(has(*found, "init_module"));  // never_called
}

TEST_CASE("a number that only the run knows is a hole with its place") {
  Case c;
  const auto found = c.of(MEDIC_ELF_HOLE);
  REQUIRE(found.has_value());
  REQUIRE(found->holes.size() == 1);
  CHECK(found->holes.begin()->kind == HoleKind::UnknownNumber);
  CHECK(found->holes.begin()->where.find("unknown_number") != std::string::npos);
}

TEST_CASE("calls are reached through libraries, with the way there") {
  Case c;
  const auto found = c.of(MEDIC_ELF_DYNAMIC);
  REQUIRE_MESSAGE(found.has_value(), error(found));
  CHECK(has(*found, "socket"));
  CHECK(way(*found, "socket").find("getaddrinfo") != std::string::npos);
  CHECK(has(*found, "umount2"));
  CHECK_MESSAGE(has(*found, "kexec_load"), "syscall(2) with a constant");
  CHECK_FALSE(has(*found, "mount"));
  CHECK_FALSE(has(*found, "ptrace"));
  CHECK(has(*found, "exit_group"));
  CHECK(has(*found, "rt_sigreturn") == has(*found, "rt_sigaction"));
  CHECK(found->calls.size() < 200);
}

TEST_CASE("a library that is not there is a hole, not silence") {
  Case c;
  c.files.files["/p"] = *c.files.read(MEDIC_ELF_DYNAMIC).value();
  std::string& bytes = c.files.files["/p"];
  const std::size_t at = bytes.find("libc.so.6");
  REQUIRE(at != std::string::npos);
  bytes.replace(at, 9, "libx.so.9");
  const auto found = c.of("/p");
  REQUIRE(found.has_value());
  CHECK(std::any_of(found->holes.begin(), found->holes.end(), [](const Hole& h) {
    return h.kind == HoleKind::MissingLibrary && h.detail == "libx.so.9";
  }));
}

TEST_CASE("what is no program says so") {
  Case c;
  c.files.files["/script"] = "#!/bin/sh -e\nls\n";
  c.files.files["/text"] = "hello";
  c.files.files["/short"] = std::string(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  std::string elf(*c.files.read(MEDIC_ELF_BARE).value());
  c.files.files["/cut"] = elf.substr(0, 400);
  elf[18] = 8;  // EM_MIPS
  c.files.files["/mips"] = elf;
  CHECK(error(c.of("/script")) == "a script, no ELF file");
  CHECK(c.of("/script").error().hint.find("/bin/sh") != std::string::npos);
  CHECK(error(c.of("/text")) == "not an ELF file");
  CHECK(error(c.of("/short")).find("damaged") != std::string::npos);
  CHECK(error(c.of("/cut")).find("cut off") != std::string::npos);
  CHECK(error(c.of("/mips")).find("machine 8") != std::string::npos);
  CHECK(error(c.of("/nothing")) == "no such file");
}

TEST_CASE("any byte changed gives an answer or an error, and never more") {
  Case c;
  const std::string whole(*c.files.read(MEDIC_ELF_BARE).value());
  std::size_t answers = 0, errors = 0;
  for (std::size_t at = 0; at < std::min<std::size_t>(whole.size(), 0x300); at += 3) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[at] = value;
      auto image = read_image(changed, "changed");
      if (image && read_module(*image, "changed"))
        ++answers;
      else
        ++errors;
    }
  }
  CHECK(answers > 0);
  CHECK(errors > 0);
}

TEST_CASE("a cached module answers as the file does; a damaged or foreign cache is as if absent") {
  struct Kept : ModuleCache {
    std::map<std::string, std::string> files;
    int loads = 0;
    std::optional<Module> load(const std::string& id) override {
      ++loads;
      const auto it = files.find(id);
      return it == files.end() ? std::nullopt : load_module(it->second);
    }
    void save(const Module& module) override { files[module.build_id] = save_module(module); }
  } cache;
  Case c;
  ModuleStore fresh(c.files, &cache);
  const auto first = reach(fresh, MEDIC_ELF_DYNAMIC);
  REQUIRE(first.has_value());
  REQUIRE_FALSE(cache.files.empty());
  ModuleStore cached(c.files, &cache);
  const auto second = reach(cached, MEDIC_ELF_DYNAMIC);
  REQUIRE(second.has_value());
  CHECK(first->calls == second->calls);
  CHECK(first->holes == second->holes);
  std::size_t refused = 0;
  const std::string whole = cache.files.begin()->second;
  for (std::size_t cut = 0; cut < whole.size(); cut += 1 + whole.size() / 50)
    refused += !load_module(whole.substr(0, cut));
  CHECK(refused >= 50);
  CHECK_FALSE(load_module("medic-elf-module 0\n").has_value());
}
