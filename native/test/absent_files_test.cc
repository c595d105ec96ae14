#include "absent_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "check.h"

using namespace fabric;

namespace {

/** A folder with a file `there` in it. */
class Folder {
 public:
  Folder() {
    CHECK(mkdtemp(path.data()) != nullptr);
    close(open((path + "/there").c_str(), O_CREAT | O_WRONLY, 0600));
  }
  ~Folder() {
    unlink((path + "/there").c_str());
    rmdir(path.c_str());
  }

  /** As find_absent takes it. */
  std::string name(const std::string& file) const { return path + "/" + file + '\0'; }

  std::string path = "/tmp/absent_files_test.XXXXXX";
};

}  // namespace

TEST(absent_files_are_told_from_others_in_their_order) {
  const Folder folder;
  const auto found = find_absent(folder.name("there") + folder.name("gone") + folder.name("there/below") + folder.name(""));
  CHECK(found == (std::vector<uint8_t>{0, 1, 1, 0}));
}

TEST(absent_files_of_nothing_and_of_an_unended_path) {
  const Folder folder;
  CHECK(find_absent("").empty());
  CHECK(find_absent(folder.path + "/gone").empty());
}

TEST(absent_files_claims_nothing_where_the_system_refuses_to_look) {
  const Folder folder;
  CHECK(find_absent(folder.name(std::string(300, 'x'))) == (std::vector<uint8_t>{0}));
}
