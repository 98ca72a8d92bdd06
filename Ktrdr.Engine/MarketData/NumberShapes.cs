namespace Ktrdr.Engine.MarketData;

/// <summary>How fields of up to 15 characters are turned into numbers, by shape: place of the decimal mark (the width where there is none) times 16, plus width.</summary>
internal static class NumberShapes
{
    /// <summary>Of a register that holds one number.</summary>
    public const int Digits = 16;

    /// <summary>Digits and mark. Fifteen digits are below 2^52: exact as a double, and quickly made one.</summary>
    public const int LongestField = Digits - 1;

    private const int Shapes = Digits * Digits;
    private const byte Zero = 0x80;

    /// <summary>Of each shape 16 places: where in the field a digit comes from, the digits moved to the right and zeros before them.</summary>
    public static readonly byte[] Shuffles = MakeShuffles();

    /// <summary>Of each shape: the power of ten that the digits are divided by.</summary>
    public static readonly double[] Divisors = MakeDivisors();

    private static byte[] MakeShuffles()
    {
        var shuffles = new byte[Shapes * Digits];
        Array.Fill(shuffles, Zero);
        for (var width = 0; width < Digits; width++)
        {
            for (var mark = 0; mark <= width; mark++)
            {
                var last = (mark * Digits + width) * Digits + Digits - 1;
                for (var (from, to) = (width - 1, last); from >= 0; from--)
                {
                    if (from != mark)
                    {
                        shuffles[to--] = (byte)from;
                    }
                }

                // Where there is no digit, the byte that stands there shows it.
                shuffles[last] = shuffles[last] == Zero ? (byte)0 : shuffles[last];
            }
        }

        return shuffles;
    }

    private static double[] MakeDivisors()
    {
        var divisors = new double[Shapes];
        for (var width = 0; width < Digits; width++)
        {
            for (var (mark, power) = (width, 1.0); mark >= 0; mark--)
            {
                divisors[mark * Digits + width] = power;
                power *= mark < width ? 10.0 : 1.0;
            }
        }

        return divisors;
    }
}
