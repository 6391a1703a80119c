// A digest: the saved ledgers of any number of inputs, each with its account and its identity.
// Merging digests is the union of their parts, so it is commutative and associative, and an input
// that is in both counts once. The format is seccomp-medic-digest(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/digest_hash.h"
#include "ledger/digest_part.h"

namespace medic::ledger {

// Which bytes of which input a part speaks of.
struct PartIdentity {
  std::string name;  // the input's path; no part of the identity
  std::uint64_t begin = 0, end = 0;
  std::uint64_t total = 0;  // of a split: the whole's size; 0 elsewhere
  ContentHash content;      // of the bytes, by their place in the whole
  std::string source;  // of a growing log that is read run by run: what says it from others; empty
                       // elsewhere
  // What is needed to read parts as the inputs were read; no part of the identity either.
  std::uint64_t first_ns = 0;  // the earliest time in it: oldest first
  struct Serials {  // of the audit events at its ends; dense: nearly all between are there
    std::uint64_t first = 0, last = 0;
    bool dense = false;
  };
  std::optional<Serials> serials;
};

struct DigestPart {
  PartIdentity identity;
  std::string bytes;  // of save_part()
};

// What the first bytes of an uncompressed digest are, of any version.
inline constexpr std::string_view kDigestMagic = "seccomp-medic digest ";

struct Digest {
  std::vector<DigestPart> parts;
};

// Brings the parts into the order that does not depend on how they came together, drops what is
// there twice, and joins the splits of an input once all of them are there. Notes speak of what was
// dropped.
void resolve(Digest& digest, Problems& notes);

// Uncompressed.
std::string write_digest(const Digest& digest);

// file: for Problems only. Cut off, altered or of an unknown version: a Problem with the place in
// the uncompressed bytes.
Result<Digest> read_digest(std::string_view bytes, const std::string& file);

DigestPart make_part(Ledger& ledger, const InputAccount& account, PartIdentity identity);

// audit.log of audit.log.1.gz, trace of strace's trace.4711, messages of messages-20261122.
std::string_view stem_of(std::string_view path);

}  // namespace medic::ledger
