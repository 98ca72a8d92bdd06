namespace Ktrdr.Engine.Learning;

/// <summary>The nonlinearity after every hidden layer; <see cref="LeakyRelu"/> has slope 0.01 below zero.</summary>
public enum Activation
{
    Relu,
    Tanh,
    Sigmoid,
    LeakyRelu,
}
