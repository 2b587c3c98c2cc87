namespace LoadingLibrary;

/// <summary>A library whose two versions differ in what they say and offer.</summary>
public static class Greeting
{
#if V2
    public static string Text(int times) => $"version two, {times}";
#else
    public static string Text() => "version one";
#endif
}
