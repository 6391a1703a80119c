// What an attacker wrote must not steer a terminal; what a person wrote must be read as meant.
#include "base/text.h"

#include <doctest/doctest.h>

#include "base/result.h"

using namespace medic;

TEST_CASE("Bytes that steer a terminal come out escaped, others unchanged") {
  CHECK(escape_for_terminal("plain text, ümläut, 漢字") == "plain text, ümläut, 漢字");
  CHECK(escape_for_terminal("\x1b[31mred\x1b[0m") == "\\x1b[31mred\\x1b[0m");
  CHECK(escape_for_terminal("a\nb\tc\r") == "a\\x0ab\\x09c\\x0d");
  CHECK(escape_for_terminal("\x7f") == "\\x7f");
  CHECK(escape_for_terminal("\xc2\x9b") == "\\u{009b}");            // C1 control: CSI in eight bits
  CHECK(escape_for_terminal("\xe2\x80\xae") == "\\u{202e}");        // right-to-left override
  CHECK(escape_for_terminal("\xff\xc3") == "\\xff\\xc3");           // no UTF-8
  CHECK(escape_for_terminal("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(escape_for_terminal("\xc0\xaf") == "\\xc0\\xaf");           // an overlong slash
  CHECK(escape_for_terminal(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("Numbers are read whole or not at all") {
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_decimal("18446744073709551616").has_value());
  CHECK_FALSE(parse_decimal("12x").has_value());
  CHECK_FALSE(parse_decimal("").has_value());
  CHECK_FALSE(parse_decimal("-1").has_value());
  CHECK(parse_signed("-1") == -1);
  CHECK(parse_number("0x10") == 16);
  CHECK(parse_number("010") == 8);
  CHECK(parse_number("-1") == UINT64_MAX);
  CHECK_FALSE(parse_number("0x").has_value());
  CHECK_FALSE(parse_number("09").has_value());
  CHECK(decode_hex("2F62696E") == "/bin");
  CHECK_FALSE(decode_hex("2F6").has_value());
  CHECK_FALSE(decode_hex("zz").has_value());
}

TEST_CASE("Globs match whole texts") {
  CHECK(glob_match("runc*", "runc:[2:INIT]"));
  CHECK(glob_match("*nginx*", "my-nginx-1"));
  CHECK(glob_match("h?tpd", "httpd"));
  CHECK_FALSE(glob_match("http", "httpd"));
  CHECK(glob_match("*", ""));
  CHECK_FALSE(glob_match("?", ""));
  // Backtracking stays quadratic at worst: this would never end if it were exponential.
  CHECK_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("Near misses are found") {
  CHECK(edit_distance("mkdir", "mkdir", 3) == 0);
  CHECK(edit_distance("mkdri", "mkdir", 3) == 1);
  CHECK(edit_distance("open", "openat2", 2) == 3);
  CHECK(edit_distance("abc", "xyzuvw", 2) == 3);
}

TEST_CASE("A cut text ends at a character and says that it was cut") {
  CHECK(shorten("abc", 3) == "abc");
  CHECK(shorten("abcd", 3) == "abc…");
  CHECK(shorten("aß", 2) == "a…");
}

TEST_CASE("A problem is shown with its place, its line, a caret and the fix") {
  Problem problem;
  problem.file = "p.json";
  problem.line = 3;
  problem.column = 5;
  problem.text = "no such action";
  problem.source_line = "  a \x1b b";
  problem.hint = "write another";
  CHECK(render(problem) ==
        "p.json:3:5: error: no such action\n      a \\x1b b\n        ^\n  fix: write another\n");
  problem.source_line = std::string(10'000'000, 'x');
  problem.column = 5'000'000;
  CHECK(render(problem).size() < 400);
}
