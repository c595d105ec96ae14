#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fabric {

/// The largest ArrayBuffer.
inline constexpr uint64_t kWindowBytesMax = uint64_t{4} << 30;

struct WindowRequest {
  std::string object;
  /// Bytes from the start of the object.
  uint64_t offset;
  uint64_t length;
  bool writable;
};

/// A page-aligned part of an object, mapped. It belongs to the handles that share it, in whatever threads they are, and is
/// unmapped with the last.
///
/// A writable window is shared with everyone. Others are private copies-on-write: no page is copied unless this process
/// writes to it, and such a write changes only its own view, where a read-only mapping would kill the process.
class Window {
 public:
  /// NOTFOUND, NOPERM; ERR when the object is too small (with both numbers) or the window too large.
  static std::shared_ptr<Window> map(const WindowRequest& request);

  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  /// Null for a window of no bytes.
  void* data() const { return data_; }
  uint64_t bytes() const { return bytes_; }
  /// Where the payload starts in the window.
  uint64_t payload_offset() const { return payload_offset_; }
  uint64_t inode() const { return inode_; }
  uint64_t object_bytes() const { return object_bytes_; }

 private:
  Window() = default;

  void* data_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t payload_offset_ = 0;
  uint64_t inode_ = 0;
  uint64_t object_bytes_ = 0;
};

/// A payload read instead of mapped, for runtimes that refuse external buffers.
struct PayloadCopy {
  uint64_t inode;
  uint64_t object_bytes;
};

/// Fills `to` (`request.length` bytes) from the object. The same errors.
PayloadCopy copy_payload(const WindowRequest& request, void* to);

}  // namespace fabric
