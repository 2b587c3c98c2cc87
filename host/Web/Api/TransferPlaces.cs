using PluginGateway.Threads;

namespace PluginGateway.Web.Api;

/// <summary>Places for transfers at once, by owner: one owner has half of them at the most, and while all are taken only an owner with less than an
/// equal part gets another. Any thread.</summary>
/// <param name="most">Places; while every one is taken, owners without their part go beyond it.</param>
internal sealed class TransferPlaces(int most)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private int _sum;

    /// <summary>Most transfers of one owner at once.</summary>
    public int MostOfOwner => most / 2;

    /// <summary>Takes a place; false: the owner has as many as it may have now.</summary>
    public bool TryTake(string owner)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var own = _taken.GetValueOrDefault(owner);
            if (own >= MostOfOwner || (_sum >= most && own >= most / Math.Max(1, _taken.Count))) return false;
            _taken[owner] = own + 1;
            _sum++;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(string owner)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _sum--;
            if (_taken[owner] == 1) _taken.Remove(owner);
            else _taken[owner]--;
        }
    }

    /// <summary>Number of transfers that an owner has under way.</summary>
    public int Of(string owner)
    {
        using (UninterruptibleLock.Enter(_gate)) return _taken.GetValueOrDefault(owner);
    }
}
