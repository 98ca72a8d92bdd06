namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Runs chosen rows through a tsk network tile by tile, so that firings and consequents can be looked at.</summary>
internal static unsafe class TskRows
{
    /// <param name="matrix">Row-major, as many columns as the network has inputs.</param>
    /// <param name="look">Called after each tile's forward pass with the position of its first row among <paramref name="rows"/> and its number of rows.</param>
    public static void ForEachTile(TskNetwork network, TskPass pass, float[] matrix, ReadOnlySpan<int> rows, Action<int, int> look)
    {
        var columns = network.Layout.Inputs;
        var tile = new float[pass.TileRows * columns];
        fixed (float* source = tile)
        {
            for (var first = 0; first < rows.Length; first += pass.TileRows)
            {
                var count = Math.Min(pass.TileRows, rows.Length - first);
                for (var s = 0; s < count; s++)
                {
                    matrix.AsSpan(rows[first + s] * columns, columns).CopyTo(tile.AsSpan(s * columns));
                }

                pass.LoadConsecutive(source, 0, count);
                pass.Infer(network.Parameters.Pointer);
                look(first, count);
            }
        }

        GC.KeepAlive(network);
    }

    /// <summary>At most <paramref name="most"/> of the rows, evenly spread, in their order.</summary>
    public static int[] Thin(int[] rows, int most)
    {
        if (rows.Length <= most)
        {
            return rows;
        }

        var thinned = new int[most];
        for (var i = 0; i < most; i++)
        {
            thinned[i] = rows[(int)((long)i * rows.Length / most)];
        }

        return thinned;
    }
}
