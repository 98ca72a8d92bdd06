namespace Ktrdr.Engine.Numerics;

/// <summary>The standard normal distribution.</summary>
public static partial class Elementary
{
    /// <summary>Φ(x): Cody's rational approximations ("Rational Chebyshev approximations for the error function", 1969), precise relative to the value also far in the left tail.</summary>
    public static double NormalCdf(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        var y = Math.Abs(x);
        if (y <= 0.67448975)
        {
            var square = x * x;
            var top = (((((0.065682337918207449113 * square) + 2.2352520354606839287) * square) + 161.02823106855587881) * square + 1067.6894854603709582) * square + 18154.981253343561249;
            var bottom = ((((square + 47.20258190468824187) * square + 976.09855173777669322) * square + 10260.932208618978205) * square) + 45507.789335026729956;
            return 0.5 + (x * top / bottom);
        }

        var tail = y <= 5.656854249492380 ? MiddleTail(y) : FarTail(y);
        return x < 0 ? tail : 1 - tail;
    }

    /// <summary>Φ⁻¹(p): Wichura's algorithm AS 241 (PPND16, 1988). p = 0 gives −∞, 1 gives +∞, outside [0, 1] NaN.</summary>
    public static double NormalQuantile(double p)
    {
        if (double.IsNaN(p) || p < 0 || p > 1)
        {
            return double.NaN;
        }

        if (p == 0)
        {
            return double.NegativeInfinity;
        }

        if (p == 1)
        {
            return double.PositiveInfinity;
        }

        var q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            var z = 0.180625 - (q * q);
            return q * Polynomial(z, CentralTop) / Polynomial(z, CentralBottom);
        }

        var r = Math.Sqrt(-Log(q < 0 ? p : 1 - p));
        var value = r <= 5
            ? Polynomial(r - 1.6, MiddleTop) / Polynomial(r - 1.6, MiddleBottom)
            : Polynomial(r - 5, FarTop) / Polynomial(r - 5, FarBottom);
        return q < 0 ? -value : value;
    }

    private static double MiddleTail(double y)
        => GaussFactor(y) * Polynomial(y, MiddleTailTop) / Polynomial(y, MiddleTailBottom);

    private static double FarTail(double y)
    {
        const double inverseSqrtTwoPi = 0.398942280401432677939946;
        var z = 1 / (y * y);
        var ratio = z * Polynomial(z, FarTailTop) / Polynomial(z, FarTailBottom);
        return GaussFactor(y) * (inverseSqrtTwoPi - ratio) / y;
    }

    /// <summary>exp(−y²/2) with y² split so that the square's rounding does not reach the exponent.</summary>
    private static double GaussFactor(double y)
    {
        var head = Math.Floor(y * 16) / 16;
        var rest = (y - head) * (y + head);
        return Exp(-head * head * 0.5) * Exp(-rest * 0.5);
    }

    /// <summary>Horner's rule; coefficients from the highest power down.</summary>
    private static double Polynomial(double x, ReadOnlySpan<double> coefficients)
    {
        var value = coefficients[0];
        for (var i = 1; i < coefficients.Length; i++)
        {
            value = Math.FusedMultiplyAdd(value, x, coefficients[i]);
        }

        return value;
    }

    private static ReadOnlySpan<double> MiddleTailTop =>
    [
        1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979, 597.27027639480026226,
        2494.5375852903726711, 6848.1904505362823326, 11602.651437647350124, 9842.7148383839780218,
    ];

    private static ReadOnlySpan<double> MiddleTailBottom =>
    [
        1, 22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755,
        18615.571640885098091, 34900.952721145977266, 38912.003286093271411, 19685.429676859990727,
    ];

    private static ReadOnlySpan<double> FarTailTop =>
    [
        0.02307344176494017303, 0.21589853405795699, 0.1274011611602473639, 0.022235277870649807, 0.001421619193227893466, 2.9112874951168792e-5,
    ];

    private static ReadOnlySpan<double> FarTailBottom =>
    [
        1, 1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239633202758244, 7.29751555083966205e-5,
    ];

    private static ReadOnlySpan<double> CentralTop =>
    [
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
    ];

    private static ReadOnlySpan<double> CentralBottom =>
    [
        5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1,
    ];

    private static ReadOnlySpan<double> MiddleTop =>
    [
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
        3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
    ];

    private static ReadOnlySpan<double> MiddleBottom =>
    [
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
        0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
    ];

    private static ReadOnlySpan<double> FarTop =>
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
        0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
    ];

    private static ReadOnlySpan<double> FarBottom =>
    [
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
        0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
    ];
}
