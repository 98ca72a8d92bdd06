namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Copies a layer's weights into a panel-packed transpose (outputs × inputs), which the backward product reads. Moves data only: no bit can differ.</summary>
internal static unsafe class PanelTranspose
{
    /// <param name="w">The layer's matrix; its padded outputs are zero.</param>
    /// <param name="transposed">layer.Columns rows per panel, layer.Inputs columns padded to 8; padded columns are left as they are (zero).</param>
    public static void Run(in DenseLayer layer, float* w, float* transposed)
    {
        var columns = DenseLayer.RoundUp(layer.Inputs, 8);
        var whole = layer.Inputs / 8 * 8;
        for (var n = 0; n < layer.Columns; n += 8)
        {
            var sourceWidth = Math.Min(DenseLayer.PanelWidth, layer.Columns - (n / DenseLayer.PanelWidth * DenseLayer.PanelWidth));
            for (var k = 0; k < whole; k += 8)
            {
                var targetWidth = Math.Min(DenseLayer.PanelWidth, columns - (k / DenseLayer.PanelWidth * DenseLayer.PanelWidth));
                Transpose8.Run(w + layer.IndexOf(k, n), sourceWidth, transposed + DenseLayer.PanelIndex(layer.Columns, columns, n, k), targetWidth);
            }

            for (var k = whole; k < layer.Inputs; k++)
            {
                for (var lane = n; lane < n + 8; lane++)
                {
                    transposed[DenseLayer.PanelIndex(layer.Columns, columns, lane, k)] = w[layer.IndexOf(k, lane)];
                }
            }
        }
    }
}
