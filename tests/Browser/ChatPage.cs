using Microsoft.Playwright;

namespace PluginGateway.Tests.Browser;

/// <summary>Drives the chat page of any gateway: all it needs is the address.</summary>
internal sealed class ChatPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private ChatPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            // A refused connection is what some tests are about; a script error or a policy violation never is.
            if (message.Type == "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal)) Errors.Add(message.Text);
        };
        page.PageError += (_, error) => Errors.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Script errors and violations of the content security policy.</summary>
    public List<string> Errors { get; } = [];

    public ILocator Bubbles => Page.Locator("#messages .bubble");

    public ILocator Mine => Page.Locator("#messages .mine");

    public ILocator Banner => Page.Locator("#banner");

    public ILocator Input => Page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });

    public static async Task<ChatPage> OpenAsync(
        IBrowser browser, string baseUrl, string? conversation = null, int width = 390, int height = 844, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            DeviceScaleFactor = width < 500 ? 2 : 1,
            ColorScheme = scheme,
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(30_000);
        var chat = new ChatPage(context, await context.NewPageAsync());
        await chat.Page.GotoAsync(baseUrl + "/chat" + (conversation is null ? "" : "?conversation=" + Uri.EscapeDataString(conversation)));
        await chat.ConnectedAsync();
        return chat;
    }

    /// <summary>Another page of the same browser and its storage.</summary>
    public async Task<IPage> AnotherAsync(string baseUrl, string conversation)
    {
        var page = await _context.NewPageAsync();
        await page.GotoAsync($"{baseUrl}/chat?conversation={Uri.EscapeDataString(conversation)}");
        await Assertions.Expect(page.Locator("#state")).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 30_000 });
        return page;
    }

    /// <summary>A message by its text.</summary>
    public ILocator Message(string text) =>
        Page.Locator("#messages .message").Filter(new() { Has = Page.Locator(".text").Filter(new() { HasText = text }) });

    /// <summary>Opens the menu of a message and chooses.</summary>
    public async Task ChooseAsync(string text, params string[] items)
    {
        await Message(text).Last.GetByRole(AriaRole.Button, new() { Name = "Actions" }).ClickAsync();
        foreach (var item in items) await Page.Locator("#menu").GetByText(item, new() { Exact = true }).ClickAsync();
    }

    /// <summary>Attaches files by the button.</summary>
    public Task AttachAsync(params (string Name, string Type, byte[] Content)[] files) => Page.Locator("#picker").SetInputFilesAsync(
        files.Select(static file => new FilePayload { Name = file.Name, MimeType = file.Type, Buffer = file.Content }));

    public Task ConnectedAsync() => StateAsync("connected");

    public Task StateAsync(string state) =>
        Assertions.Expect(Page.Locator("#state")).ToHaveAttributeAsync("data-state", state, new() { Timeout = 30_000 });

    /// <summary>Types and presses Enter.</summary>
    public async Task SayAsync(string text)
    {
        await Input.FillAsync(text);
        await Input.PressAsync("Enter");
    }

    public Task ShowsAsync(params string[] texts) =>
        Assertions.Expect(Bubbles).ToHaveTextAsync(texts, new() { Timeout = 30_000, UseInnerText = false });

    /// <summary>Every message of the visitor is in this state.</summary>
    public Task MineAreAsync(string state, int count) =>
        Assertions.Expect(Page.Locator($"#messages .mine[data-state={state}]")).ToHaveCountAsync(count, new() { Timeout = 30_000 });

    public async Task ReloadAsync()
    {
        await Page.ReloadAsync();
        await ConnectedAsync();
    }

    /// <summary>Takes a picture into <c>TestResults</c> beside the tests.</summary>
    public Task PictureAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(AppContext.BaseDirectory, "TestResults", name + ".png"),
        Animations = ScreenshotAnimations.Disabled
    });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
