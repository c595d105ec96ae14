#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "catalog.h"
#include "check.h"

using namespace fabric;

namespace {

template <class Given>
constexpr bool is_constant = std::is_const_v<std::remove_pointer_t<std::remove_reference_t<Given>>>;

}  // namespace

// Who could write to the catalog past store_shared would have a store that no crash test knows.
static_assert(is_constant<decltype(std::declval<Catalog&>().header())>);
static_assert(is_constant<decltype(std::declval<Catalog&>().descriptor(0))>);
static_assert(is_constant<decltype(std::declval<Catalog&>().begin_fill(0))>);
static_assert(is_constant<decltype(std::declval<Catalog&>().descriptors().front())>);
static_assert(is_constant<decltype(std::declval<Catalog&>().segments().front())>);
static_assert(is_constant<decltype(std::declval<Catalog&>().pins().front())>);
static_assert(is_constant<decltype(std::declval<Catalog&>().strings())>);

TEST(store_points_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const StorePointInfo& info : kStorePoints) CHECK(names.insert(info.name).second);
}
