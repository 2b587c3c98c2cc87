using System.Text;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

public sealed class EventKeyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("123456789")]
    [InlineData("fifteen bytes..")]
    [InlineData("ääääääÿ.")]
    public void Short_id_is_kept_as_it_is(string id) => Assert.Equal(Encoding.UTF8.GetBytes(id), EventKey.Of(id));

    [Theory]
    [InlineData("sixteen bytes...")]
    [InlineData("ääääääää")]
    [InlineData("0d6a5c1e-7c3b-4a34-8a55-9d0c4c3b6c11")]
    public void Longer_id_becomes_16_bytes_that_no_short_id_has(string id)
    {
        var key = EventKey.Of(id);
        Assert.Equal(EventKey.Length, key.Length);
        Assert.NotEqual(Encoding.UTF8.GetBytes(id), key);
        Assert.Equal(key, EventKey.Of(id));
        Assert.NotEqual(key, EventKey.Of(id + "."));
    }

    [Fact]
    public void Id_of_any_length_is_remembered_for_each_adapter_apart()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        foreach (var id in (string[])["1", "sixteen bytes...", new string('x', 256)])
        {
            foreach (var adapter in (string[])["a", "b"])
            {
                Assert.False(store.Accept(StoreFolder.Entry(id, adapter: adapter)).Value.IsDuplicate);
                Assert.True(store.Accept(StoreFolder.Entry(id, adapter: adapter)).Value.IsDuplicate);
            }
        }

        store.CloseCleanly();
    }
}
