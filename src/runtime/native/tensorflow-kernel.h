// What kernels need of TensorFlow's C interface: their inputs, outputs and attributes, and how they are registered.
#ifndef CNN_FINDINGS_TENSORFLOW_KERNEL_H
#define CNN_FINDINGS_TENSORFLOW_KERNEL_H
#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#define IS_SLIM_BUILD  // without rendezvous, whose header is not among those of the C interface
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

#define INLINE inline __attribute__((always_inline))

namespace {  // of each file that includes this

struct Bfloat16 {
  uint16_t bits;
};

std::vector<int64_t> Shape(const TF_Tensor* tensor) {
  std::vector<int64_t> shape;
  for (int axis = 0; axis < TF_NumDims(tensor); axis++) shape.push_back(TF_Dim(tensor, axis));
  return shape;
}

// In how many shares so many threads do so many parts.
int64_t Shares(int64_t threads, int64_t parts) { return std::max<int64_t>(1, std::min(threads, parts)); }

// Calls work(share, its first part, how many) for each of so many shares, all but the first on a thread of its own.
template <typename Work>
void InShares(int64_t shares, int64_t parts, const Work& work) {
  const auto begin = [&](int64_t share) { return parts * share / shares; };
  std::vector<std::thread> others;
  for (int64_t share = 1; share < shares; share++) {
    others.emplace_back([&, share] { work(share, begin(share), begin(share + 1) - begin(share)); });
  }
  work(0, 0, begin(1));
  for (std::thread& other : others) other.join();
}

// One call of a kernel: its inputs, its outputs, and the first thing that went wrong.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    TF_DeleteStatus(status_);
  }
  bool Ok() const { return TF_GetCode(status_) == TF_OK; }

  int Inputs() const { return TF_NumInputs(context_); }
  TF_Tensor* Input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (tensor != nullptr) held_.push_back(tensor);
    return tensor;
  }
  TF_Tensor* Output(int index, TF_DataType type, const std::vector<int64_t>& shape) {
    size_t bytes = TF_DataTypeSize(type);
    for (int64_t size : shape) bytes *= static_cast<size_t>(size);
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, type, shape.data(), static_cast<int>(shape.size()), bytes,
                                          status_);
    if (tensor != nullptr) held_.push_back(tensor);
    return tensor;
  }
  // An output of the type and shape of a tensor.
  TF_Tensor* OutputLike(int index, const TF_Tensor* model) { return Output(index, TF_TensorType(model), Shape(model)); }
  void Require(bool condition, const char* message) {
    if (!condition && Ok()) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> held_;
};

template <typename T>
T* Data(const TF_Tensor* tensor) {
  return tensor == nullptr ? nullptr : static_cast<T*>(TF_TensorData(tensor));
}

int64_t Size(const TF_Tensor* tensor) { return TF_TensorElementCount(tensor); }

bool Flag(TF_OpKernelConstruction* construction, const char* name, TF_Status* status) {
  unsigned char value = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
  return value != 0;
}

float Number(TF_OpKernelConstruction* construction, const char* name, TF_Status* status) {
  float value = 0;
  TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
  return value;
}

int64_t WholeNumber(TF_OpKernelConstruction* construction, const char* name, TF_Status* status) {
  int64_t value = 0;
  TF_OpKernelConstruction_GetAttrInt64(construction, name, &value, status);
  return value;
}

// Makes and ends what a kernel keeps between calls: its attributes.
template <typename Attributes, void (*read)(TF_OpKernelConstruction*, TF_Status*, Attributes*)>
void* Create(TF_OpKernelConstruction* construction) {
  TF_Status* status = TF_NewStatus();
  Attributes* attributes = new Attributes;
  read(construction, status, attributes);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return attributes;
}
template <typename Attributes>
void Delete(void* attributes) {
  delete static_cast<Attributes*>(attributes);
}

void AnyShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

void Define(const char* name, const std::vector<const char*>& attributes, const std::vector<const char*>& inputs,
            const std::vector<const char*>& outputs) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, AnyShape);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(builder, status);
  TF_DeleteStatus(status);
}

using CreateFunction = void* (*)(TF_OpKernelConstruction*);
using ComputeFunction = void (*)(void*, TF_OpKernelContext*);
using DeleteFunction = void (*)(void*);

void Register(const char* name, TF_DataType type, CreateFunction create, ComputeFunction compute, DeleteFunction remove) {
  TF_Status* status = TF_NewStatus();
  TF_KernelBuilder* builder = TF_NewKernelBuilder(name, "CPU", create, compute, remove);
  TF_KernelBuilder_TypeConstraint(builder, "T", type, status);
  TF_RegisterKernelBuilder(name, builder, status);
  TF_DeleteStatus(status);
}

}  // namespace

#endif
