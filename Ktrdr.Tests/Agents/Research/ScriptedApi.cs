using System.Reflection;
using Ktrdr.Contracts.Client;

namespace Ktrdr.Tests.Agents.Research;

/// <summary>The process that made the calls is gone.</summary>
internal sealed class KilledException() : Exception("killed");

/// <summary>Gives the calls of <see cref="IKtrdrApi"/> to a <see cref="ScriptedResearch"/>, and kills the caller at a chosen call: before it has an effect, or after.</summary>
public class ScriptedApi : DispatchProxy
{
    private readonly Lock _lock = new();
    private object _target = null!;
    private int _killAt;
    private bool _afterEffect;
    private int _calls;

    public int Calls => _calls;

    /// <param name="killAt">From 1; 0 never kills. Every later call of the same process fails too.</param>
    public static IKtrdrApi For(object target, int killAt = 0, bool afterEffect = false)
    {
        var proxy = Create<IKtrdrApi, ScriptedApi>();
        var api = (ScriptedApi)(object)proxy;
        (api._target, api._killAt, api._afterEffect) = (target, killAt, afterEffect);
        return proxy;
    }

    public static int CallsOf(IKtrdrApi api) => ((ScriptedApi)(object)api)._calls;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = _target.GetType().GetMethod(targetMethod!.Name) ?? throw new InvalidOperationException($"The loop is not expected to call {targetMethod.Name}.");
        var result = targetMethod.ReturnType.GetGenericArguments()[0];
        return typeof(ScriptedApi).GetMethod(nameof(AnswerAsync), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(result)
            .Invoke(this, [method, args![..^1]]);
    }

    private async Task<T> AnswerAsync<T>(MethodInfo method, object?[] args)
    {
        await Task.Yield();
        lock (_lock)
        {
            _calls++;
            var killed = _killAt > 0 && _calls >= _killAt;
            if (killed && !(_afterEffect && _calls == _killAt))
            {
                throw new KilledException();
            }

            T answer;
            try
            {
                answer = (T)method.Invoke(_target, args)!;
            }
            catch (TargetInvocationException wrapped)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(wrapped.InnerException!);
                throw;
            }

            return killed ? throw new KilledException() : answer;
        }
    }
}
