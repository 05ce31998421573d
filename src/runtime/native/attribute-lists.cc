#include "attribute-lists.h"

#include <cstdlib>
#include <string>
#include <vector>

#undef TFE_OpSetAttrString

namespace cnn_findings {
namespace {

std::vector<std::string> Elements(const std::string& text, char separator) {
  std::vector<std::string> elements;
  for (size_t start = 1; start <= text.size();) {
    size_t end = text.find(separator, start);
    if (end == std::string::npos) end = text.size();
    elements.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return elements;
}

void SetStrings(TFE_Op* op, const char* name, const std::vector<std::string>& strings) {
  std::vector<const void*> values;
  std::vector<size_t> lengths;
  for (const std::string& text : strings) {
    values.push_back(text.data());
    lengths.push_back(text.size());
  }
  TFE_OpSetAttrStringList(op, name, values.data(), lengths.data(), static_cast<int>(strings.size()));
}

void SetTypes(TFE_Op* op, const char* name, const std::vector<std::string>& numbers) {
  std::vector<TF_DataType> types;
  for (const std::string& number : numbers) types.push_back(static_cast<TF_DataType>(std::atoi(number.c_str())));
  TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
}

}  // namespace

void SetStringOrList(TFE_Op* op, const char* name, const void* value, size_t length) {
  const std::string text(static_cast<const char*>(value), length);
  if (!text.empty() && text[0] == kStringSeparator) {
    SetStrings(op, name, Elements(text, kStringSeparator));
  } else if (!text.empty() && text[0] == kTypeSeparator) {
    SetTypes(op, name, Elements(text, kTypeSeparator));
  } else {
    TFE_OpSetAttrString(op, name, value, length);
  }
}

}  // namespace cnn_findings
