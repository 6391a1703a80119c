// JSON that a terminal, a page or an editor may show: what a log made up cannot act there.
#pragma once

#include <string>

namespace medic {

// A serialized document with DEL, the C1 controls and the characters that hide or reorder text
// written as \uXXXX. JSON has them within strings alone, so that the document's value stays the
// same. Controls below U+0020 are escaped by every serializer.
std::string escape_json(std::string document);

}  // namespace medic
