// What the pages of the text form are put together from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace medic::report {

std::string paint(std::string_view text, std::string_view code, const Style& style);
// The code of a layer's, a certainty's or a risk's colour; empty: none.
std::string_view color_of(diagnose::Layer layer);
std::string_view color_of(model::Certainty certainty);
std::string_view color_of(kernel::RiskLevel level);

// 768623 is "768,623".
std::string with_commas(std::uint64_t number);
// "1 process", "2 processes".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);
// "once", "twice", "3 times".
std::string times_words(std::uint64_t count);

// Columns that UTF-8 takes on a terminal; wide characters count as one.
std::size_t columns(std::string_view text);
// Exactly so many columns: filled up with blanks, or cut with an ellipsis.
std::string fit(std::string_view text, std::size_t width);

// What was answered: "denied with EPERM", "process killed".
std::string outcome_text(const diagnose::Finding& finding);
// "mkdir", or the kind of a finding that is about no call.
std::string subject_text(const diagnose::Finding& finding);
// The layer in a sentence, after "by": "AppArmor", "plain file permissions".
std::string_view layer_words(diagnose::Layer layer);

// An audit record with the fields that say what happened, in the record's order, and what stands
// before them; any other line as it is.
std::string fields_that_matter(std::string_view line);

void list_sentences(std::string& out, const std::vector<std::string>& sentences,
                    const Style& style);

std::string diagnosis_text(const diagnose::Diagnosis& diagnosis, const Style& style);

}  // namespace medic::report
