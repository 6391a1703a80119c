// Profiles to and from what other tools read. What a format cannot say is an error or a said loss,
// and the output is read back to find every loss.
#pragma once

#include <span>
#include <string_view>

#include "convert/format.h"

namespace medic::profile {

std::span<const Format> all_formats();
const Format* find_format(std::string_view name);
// The first format whose mark the text bears; nullptr when none does.
const Format* sniff_format(std::string_view text);

// The context in which a text of this format is to be evaluated: a tool's own filter has no stub.
Context context_for(const Format& format, Context context);

// Writes, reads back, and adds each difference in meaning to the losses. Fails where the format can
// hold nothing of it, or where the profile asks for no filter.
Result<Converted> convert(const Conversion& conversion, const Format& to);

}  // namespace medic::profile
