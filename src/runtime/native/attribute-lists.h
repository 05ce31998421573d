// Included before every source of tfjs-node's binding: what it hands on as a string attribute may be a list.
//
// The binding knows single strings and types only, but TensorFlow's fused kernels want lists of them (fused_ops, TArgs).
// A value that begins with a separator of ASCII is taken apart here; all others go on as they are. The side of TypeScript
// is `translateOne` in kernel.ts.
#ifndef CNN_FINDINGS_ATTRIBUTE_LISTS_H_
#define CNN_FINDINGS_ATTRIBUTE_LISTS_H_

#include <cstddef>

#include "tensorflow/c/eager/c_api.h"

namespace cnn_findings {

// Begins each element of a list of strings: "\x1f" "BiasAdd" "\x1f" "Relu".
constexpr char kStringSeparator = '\x1f';
// Begins each element of a list of types, by their numbers: "\x1e" "1" "\x1e" "1".
constexpr char kTypeSeparator = '\x1e';

// Sets an attribute of a TensorFlow op to a string, a list of strings or a list of types.
void SetStringOrList(TFE_Op* op, const char* name, const void* value, size_t length);

}  // namespace cnn_findings

#define TFE_OpSetAttrString cnn_findings::SetStringOrList

#endif  // CNN_FINDINGS_ATTRIBUTE_LISTS_H_
