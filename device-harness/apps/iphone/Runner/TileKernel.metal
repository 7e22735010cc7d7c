#include <metal_stdlib>

using namespace metal;

/// As `TileParameters` in MetalTileInput.swift.
struct TileParameters {
  int x;
  int y;
  int width;
  int height;
  int photoWidth;
  int photoHeight;
  int channels;
  int source0;
  int source1;
  int source2;
  int block;
  int channelsInnermost;
  int channelStride;
  int rowStride;
  int columnStride;
};

/// One pixel of a tile into its elements of the model's input, by the same tables as `PixelWriter`: the results are the same, bit for bit.
/// What lies outside the photo repeats its border.
template <typename Element>
void prepareTile(device const uchar4 *photo, device Element *array, device const uint *tables, constant TileParameters &tile, uint2 at) {
  int column = int(at.x);
  int row = int(at.y);
  if (column >= tile.width || row >= tile.height) {
    return;
  }
  int x = clamp(tile.x + column, 0, tile.photoWidth - 1);
  int y = clamp(tile.y + row, 0, tile.photoHeight - 1);
  uchar4 pixel = photo[y * tile.photoWidth + x];
  int sources[3] = {tile.source0, tile.source1, tile.source2};
  int i = row % tile.block;
  int j = column % tile.block;
  int place = (row / tile.block) * tile.rowStride + (column / tile.block) * tile.columnStride;
  for (int k = 0; k < tile.channels; k++) {
    int channel = tile.channelsInnermost != 0 ? (i * tile.block + j) * tile.channels + k : (k * tile.block + i) * tile.block + j;
    array[channel * tile.channelStride + place] = Element(tables[256 * k + int(pixel[sources[k]])]);
  }
}

kernel void prepareTileHalf(device const uchar4 *photo [[buffer(0)]],
                            device ushort *array [[buffer(1)]],
                            device const uint *tables [[buffer(2)]],
                            constant TileParameters &tile [[buffer(3)]],
                            uint2 at [[thread_position_in_grid]]) {
  prepareTile<ushort>(photo, array, tables, tile, at);
}

kernel void prepareTileFloat(device const uchar4 *photo [[buffer(0)]],
                             device uint *array [[buffer(1)]],
                             device const uint *tables [[buffer(2)]],
                             constant TileParameters &tile [[buffer(3)]],
                             uint2 at [[thread_position_in_grid]]) {
  prepareTile<uint>(photo, array, tables, tile, at);
}
