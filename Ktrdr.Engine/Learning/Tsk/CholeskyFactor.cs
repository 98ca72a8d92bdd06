namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>A = LLᵀ of a symmetric positive definite matrix, to solve with it several times.</summary>
internal sealed class CholeskyFactor
{
    /// <summary>Least pivot relative to its diagonal: below it a column says nothing that the ones before it do not.</summary>
    private const double LeastPivot = 1e-12;

    private readonly double[] _lower;
    private readonly int _size;

    /// <param name="matrix">Row-major, its lower triangle is read; overwritten.</param>
    public CholeskyFactor(double[] matrix, int size)
    {
        _lower = matrix;
        _size = size;
        for (var j = 0; j < size; j++)
        {
            var diagonal = matrix[(j * size) + j];
            var pivot = diagonal;
            for (var k = 0; k < j; k++)
            {
                pivot -= matrix[(j * size) + k] * matrix[(j * size) + k];
            }

            var root = Math.Sqrt(Math.Max(pivot, Math.Max(diagonal * LeastPivot, double.Epsilon)));
            matrix[(j * size) + j] = root;
            for (var i = j + 1; i < size; i++)
            {
                var sum = matrix[(i * size) + j];
                for (var k = 0; k < j; k++)
                {
                    sum -= matrix[(i * size) + k] * matrix[(j * size) + k];
                }

                matrix[(i * size) + j] = sum / root;
            }
        }
    }

    /// <summary>Replaces b by A⁻¹b.</summary>
    public void Solve(double[] b)
    {
        for (var i = 0; i < _size; i++)
        {
            var sum = b[i];
            for (var k = 0; k < i; k++)
            {
                sum -= _lower[(i * _size) + k] * b[k];
            }

            b[i] = sum / _lower[(i * _size) + i];
        }

        for (var i = _size - 1; i >= 0; i--)
        {
            var sum = b[i];
            for (var k = i + 1; k < _size; k++)
            {
                sum -= _lower[(k * _size) + i] * b[k];
            }

            b[i] = sum / _lower[(i * _size) + i];
        }
    }
}
