using System.Collections;
using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Strategies;

/// <summary>An immutable list that is equal to another when all elements are, so that two strategy documents can be compared as values.</summary>
[CollectionBuilder(typeof(Sequence), nameof(Sequence.Create))]
public sealed class Sequence<T> : IReadOnlyList<T>, IEquatable<Sequence<T>>
{
    private readonly T[] _items;

    internal Sequence(T[] items) => _items = items;

    public static Sequence<T> Empty { get; } = new([]);

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    public bool Equals(Sequence<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items, EqualityComparer<T>.Default);

    public override bool Equals(object? obj) => Equals(obj as Sequence<T>);

    /// <summary>The length only: enough for a hash table of a few documents, and the same in every process.</summary>
    public override int GetHashCode() => _items.Length;

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    public override string ToString() => $"[{string.Join(", ", _items)}]";
}

/// <summary>Makes <see cref="Sequence{T}"/> from collection expressions and from enumerations.</summary>
public static class Sequence
{
    public static Sequence<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? Sequence<T>.Empty : new Sequence<T>(items.ToArray());

    public static Sequence<T> ToSequence<T>(this IEnumerable<T> items) => Create<T>(items.ToArray());
}
