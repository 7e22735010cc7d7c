// run-kernel half|float PARAMETERS… < (tables, then RGBA bytes) > array: every thread of the grid in turn.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "TileKernel.metal"

int main(int count, char **words) {
  TileParameters tile;
  int *fields = reinterpret_cast<int *>(&tile);
  const int most = sizeof(TileParameters) / sizeof(int);
  if (count != most + 3) return 2;
  for (int i = 0; i < most; i++) fields[i] = std::atoi(words[2 + i]);
  const int elements = std::atoi(words[2 + most]);

  std::vector<uint> tables(256 * tile.channels);
  std::vector<uchar4> photo(tile.photoWidth * tile.photoHeight);
  if (std::fread(tables.data(), sizeof(uint), tables.size(), stdin) != tables.size()) return 3;
  if (std::fread(photo.data(), sizeof(uchar4), photo.size(), stdin) != photo.size()) return 3;

  std::vector<ushort> halves(elements, 0xffff);
  std::vector<uint> floats(elements, 0xffffffff);
  const bool half = std::string(words[1]) == "half";
  for (uint y = 0; y < uint(tile.height) + 3; y++) {
    for (uint x = 0; x < uint(tile.width) + 5; x++) {
      if (half) prepareTileHalf(photo.data(), halves.data(), tables.data(), tile, uint2{x, y});
      else prepareTileFloat(photo.data(), floats.data(), tables.data(), tile, uint2{x, y});
    }
  }
  if (half) std::fwrite(halves.data(), sizeof(ushort), halves.size(), stdout);
  else std::fwrite(floats.data(), sizeof(uint), floats.size(), stdout);
  return 0;
}
