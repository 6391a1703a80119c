// Unified diffs, judged by patch(1) itself.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "edit/edit.h"
#include "support/skip.h"

using namespace medic::profile;

namespace {

void spit(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What patch makes of `before` with our diff.
class Patch {
 public:
  Patch() : folder_(std::filesystem::temp_directory_path() / "seccomp-medic-text-diff-test") {
    std::filesystem::create_directories(folder_);
  }
  ~Patch() { std::filesystem::remove_all(folder_); }
  std::string operator()(const std::string& before, const std::string& after) const {
    spit(folder_ / "file", before);
    spit(folder_ / "diff", unified_diff(before, after, "file", "file"));
    const std::string command =
        "cd '" + folder_.string() + "' && patch -s -N -F0 file < diff > out 2>&1";
    if (std::system(command.c_str()) != 0) return "patch refused: " + slurp(folder_ / "out");
    return slurp(folder_ / "file");
  }

 private:
  std::filesystem::path folder_;
};

bool have_patch() { return std::system("patch --version > /dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("Three lines of context, and neighbours share a hunk") {
  CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "a.json",
                     "b.json") ==
        "--- a.json\n+++ b.json\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  CHECK(unified_diff("same\n", "same\n", "a", "b").empty());
}

TEST_CASE("A last line without line end is said as patch wants it") {
  CHECK(unified_diff("a\nb", "a\nb\n", "x", "y") ==
        "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST_CASE("A file name with spaces or quotes reads back as one name") {
  CHECK(unified_diff("a\n", "b\n", "my file", "a\"b\nc")
            .starts_with("--- my file\t\n+++ \"a\\\"b\\012c\"\n"));
}

TEST_CASE("patch(1) turns the old text into the new one" * doctest::test_suite("optional")) {
  if (!have_patch()) {
    medic::support::skip("patch is not installed");
    return;
  }
  const Patch patch;
  const std::pair<const char*, const char*> cases[] = {{"a\nb", "a\nb\n"},
                                                       {"a\nb\n", "a\nb"},
                                                       {"", "a\n"},
                                                       {"a\n", ""},
                                                       {"a\r\nb\r\n", "a\r\nc\r\nb\r\n"},
                                                       {"x", "y"},
                                                       {"a\nb\nc", "a\nc"}};
  for (const auto& [before, after] : cases) {
    CAPTURE(before);
    CHECK(patch(before, after) == after);
  }
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    const auto text = [&] {
      std::string out;
      for (unsigned i = 0, n = random() % 40; i < n; ++i)
        out += std::string(1, static_cast<char>('a' + random() % 4)) +
               (random() % 30 == 0 ? "\r\n" : "\n");
      return random() % 3 == 0 && !out.empty() ? out.substr(0, out.size() - 1) : out;
    };
    const std::string before = text(), after = text();
    CAPTURE(before);
    CHECK(patch(before, after) == after);
  }
}

TEST_CASE("Two long texts with nothing in common are one change, at once") {
  std::string a, b;
  for (int i = 0; i < 20000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  CHECK(unified_diff(a, b, "a", "b").starts_with("--- a\n+++ b\n@@ -1,20000 +1,20000 @@\n"));
}
