using System.Text;
using Microsoft.Playwright;

namespace PluginGateway.Tests.Browser;

/// <summary>Files on the chat page, both ways.</summary>
public sealed class ChatFilePageTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>A red picture of 96 by 64.</summary>
    private const string DrawPicture = """
        async () => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [96, 64];
          const brush = canvas.getContext('2d');
          brush.fillStyle = '#c33';
          brush.fillRect(0, 0, 96, 64);
          const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
          return Array.from(new Uint8Array(await blob.arrayBuffer()));
        }
        """;

    [Fact]
    public async Task Chosen_files_are_uploaded_sent_and_shown_as_a_picture_and_as_a_link()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        var picture = await PictureAsync(chat);
        await chat.AttachAsync(("red.png", "image/png", picture), ("<b>notes.txt", "text/plain", "some text"u8.ToArray()));
        await Assertions.Expect(chat.Page.Locator("#uploads .chip .size")).ToHaveTextAsync([$"{picture.Length} B", "9 B"]);
        await chat.PictureAsync("phone-attached");
        await chat.SayAsync("Look");
        await chat.MineAreAsync("sent", 1);
        await Assertions.Expect(chat.Page.Locator("#uploads .chip")).ToHaveCountAsync(0);
        var posted = gateway.Events.OfType<InboundMessage>().Single();
        Assert.Equal([(AttachmentKind.Image, "red.png"), (AttachmentKind.File, "<b>notes.txt")],
            posted.Attachments.Select(static one => (one.Kind, one.Name!)));
        for (var i = 0; i < 2; i++)
        {
            await Assertions.Expect(chat.Mine.Locator(".text")).ToHaveTextAsync("Look");
            await WaitForPictureAsync(chat, 96);
            var link = chat.Mine.Locator("a.file");
            Assert.Equal("some text", await TextOfAsync(chat, await link.GetAttributeAsync("href")));
            await chat.ReloadAsync();
        }

        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task Files_of_the_bot_are_shown_and_removed_ones_are_named()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync("""{ "fileMegabytesPerConversation": 1 }""");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await gateway.SendFilesAsync("c", "k1", "A picture", ("red.png", await PictureAsync(chat)));
        await WaitForPictureAsync(chat, 96);
        await gateway.SendFilesAsync("c", "k2", "", ("large.bin", new byte[1024 * 1024 - 100]));
        var link = chat.Page.Locator("a.file").Last;
        await Assertions.Expect(link).ToHaveAttributeAsync("download", "large.bin");
        var download = await chat.Page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        Assert.Equal("large.bin", download.SuggestedFilename);
        await chat.ReloadAsync();
        await Assertions.Expect(chat.Page.Locator(".file.removed")).ToHaveTextAsync("red.pngno longer kept");
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task Files_are_dropped_and_pasted_and_a_photo_that_is_too_large_is_made_smaller()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c", 1280, 800);
        await chat.Page.EvaluateAsync("""
            async () => {
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [1600, 1200];
              const brush = canvas.getContext('2d');
              const noise = brush.createImageData(1600, 1200);
              for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
              brush.putImageData(noise, 0, 0);
              const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
              const give = (type, target, files, name) => {
                const data = new DataTransfer();
                for (const file of files) data.items.add(file);
                target.dispatchEvent(new (type === 'paste' ? ClipboardEvent : DragEvent)(type, { [name]: data, bubbles: true, cancelable: true }));
              };
              give('drop', document.body, [new File([blob], 'photo.png', { type: 'image/png' })], 'dataTransfer');
              give('paste', document.getElementById('text'), [new File(['pasted'], 'pasted.txt', { type: 'text/plain' })], 'clipboardData');
            }
            """);
        await Assertions.Expect(chat.Page.Locator("#uploads .chip .name")).ToHaveTextAsync(["photo.jpg", "pasted.txt"], new() { Timeout = 30_000 });
        await Assertions.Expect(chat.Page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeEnabledAsync();
        await chat.Input.PressAsync("Enter");
        await chat.MineAreAsync("sent", 1);
        var sent = gateway.Events.OfType<InboundMessage>().Single();
        Assert.Equal([("photo.jpg", "image/jpeg"), ("pasted.txt", "text/plain")], sent.Attachments.Select(static one => (one.Name!, one.ContentType!)));
        Assert.InRange(sent.Attachments[0].Size!.Value, 10_000, 1024 * 1024);
        Assert.Equal("", sent.Text);
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task A_file_that_is_too_large_or_does_not_get_through_says_so_and_can_be_removed_or_tried_again()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await Assertions.Expect(chat.Page.Locator("#empty")).ToBeVisibleAsync();
        await chat.AttachAsync(("large.bin", "application/octet-stream", new byte[1024 * 1024 + 1]));
        var chip = chat.Page.Locator("#uploads .chip");
        await Assertions.Expect(chip).ToContainTextAsync("Too large: at most 1.0 MB");
        await chat.Input.FillAsync("Look");
        var send = chat.Page.GetByRole(AriaRole.Button, new() { Name = "Send" });
        await Assertions.Expect(send).ToBeDisabledAsync();
        await chat.PictureAsync("phone-too-large");
        await chip.GetByRole(AriaRole.Button, new() { Name = "Remove large.bin" }).ClickAsync();
        await Assertions.Expect(send).ToBeEnabledAsync();
        gateway.OnAnswer = static (call, reply) => call.Path == "/files" ? HttpReply.Empty(502) : reply;
        await chat.AttachAsync(("small.bin", "application/octet-stream", [1, 2, 3]));
        await Assertions.Expect(chip).ToContainTextAsync("Not uploaded");
        gateway.OnAnswer = static (_, reply) => reply;
        await chip.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await Assertions.Expect(chip).ToContainTextAsync("3 B");
        await chat.Input.PressAsync("Enter");
        await chat.MineAreAsync("sent", 1);
        Assert.Equal("small.bin", gateway.Events.OfType<InboundMessage>().Single().Attachments.Single().Name);
    }

    [Fact]
    public async Task A_message_with_a_file_survives_a_reload_while_it_is_not_sent()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.AttachAsync(("a.txt", "text/plain", "kept"u8.ToArray()));
        await Assertions.Expect(chat.Page.Locator("#uploads .chip")).ToContainTextAsync("4 B");
        gateway.Refusal = Acceptance.Refused("full");
        await chat.Input.PressAsync("Enter");
        await chat.MineAreAsync("failed", 1);
        gateway.Refusal = null;
        await chat.ReloadAsync();
        await chat.MineAreAsync("sent", 1);
        Assert.Equal("a.txt", gateway.Events.OfType<InboundMessage>().Single().Attachments.Single().Name);
    }

    [Theory]
    [InlineData("phone", 390, 844, ColorScheme.Light)]
    [InlineData("phone-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("desktop", 1280, 800, ColorScheme.Light)]
    [InlineData("desktop-dark", 1280, 800, ColorScheme.Dark)]
    public async Task Everything_that_a_message_can_have_fits_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "tour", width, height, scheme);
        await chat.SayAsync("Can you draw me something red?");
        await chat.MineAreAsync("sent", 1);
        var asked = gateway.Events.OfType<InboundMessage>().Single().MessageId!;
        await gateway.AnswerAsync("tour", "k0", "Working ...", asked);
        await gateway.EditAsync("tour", "k0", "Of course. Here is a picture, and the figures that it is made of.");
        await gateway.SendFilesAsync("tour", "k1", "Red, as you wanted.", ("red.png", await PictureAsync(chat)),
            ("figures of the picture, with a name that is too long for a line of this page.csv", Encoding.UTF8.GetBytes(new string('1', 12_345))));
        await gateway.ReactAsync("tour", asked, "👀");
        await WaitForPictureAsync(chat, 96);
        await chat.AttachAsync(("blue.png", "image/png", await PictureAsync(chat)), ("sketch.txt", "text/plain", "a sketch"u8.ToArray()));
        await Assertions.Expect(chat.Page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeEnabledAsync();
        await chat.ChooseAsync("Red, as you wanted.", "Reply");
        await chat.SayAsync("Rather like this");
        await chat.MineAreAsync("sent", 2);
        await Assertions.Expect(chat.Mine.Locator(".picture")).ToHaveCountAsync(1);
        await chat.ChooseAsync("Red, as you wanted.", "👍");
        await gateway.ReactAsync("tour", "k1", "👍");
        await Assertions.Expect(chat.Message("Red, as you wanted.").Locator(".reaction")).ToHaveTextAsync("👍 2");
        await chat.Page.EvaluateAsync("() => { const list = document.getElementById('scroller'); list.scrollTop = list.scrollHeight; }");
        await gateway.ShowTypingAsync("tour");
        await Assertions.Expect(chat.Page.Locator("#typing")).ToBeInViewportAsync();
        await chat.PictureAsync($"{name}-rich");
        Assert.Equal(width, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(height, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollHeight"));
        await chat.ChooseAsync("Rather like this", "Edit");
        await chat.PictureAsync($"{name}-editing");
        await chat.Page.Keyboard.PressAsync("Escape");
        await chat.ChooseAsync("Rather like this");
        await chat.PictureAsync($"{name}-menu");
        Assert.Equal(width, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(chat.Errors);
    }

    private static async Task<byte[]> PictureAsync(ChatPage chat) =>
        [.. (await chat.Page.EvaluateAsync<int[]>(DrawPicture)).Select(static one => (byte)one)];

    private static Task WaitForPictureAsync(ChatPage chat, int width) => chat.Page.WaitForFunctionAsync(
        "width => [...document.querySelectorAll('.picture img')].some(image => image.naturalWidth === width)", width);

    private static Task<string> TextOfAsync(ChatPage chat, string? address) =>
        chat.Page.EvaluateAsync<string>("async address => (await fetch(address)).text()", address);
}
