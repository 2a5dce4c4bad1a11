using System.Text.Json.Nodes;

namespace Harness.TestAdapters;

/// <summary>What adapters do all day.</summary>
internal static class Serving
{
    /// <summary>Answers commands until <c>stop</c> or the end of stdin.</summary>
    /// <param name="conversation">With whom.</param>
    /// <param name="respond">Gets a command and how an honest adapter would answer it.</param>
    /// <returns>The exit code.</returns>
    public static int Serve(Conversation conversation, Action<JsonObject, Func<JsonObject>> respond)
    {
        while (conversation.Read() is { } command)
        {
            respond(command, () => conversation.Answer(command));
            if ((string?)command["cmd"] == "stop")
                break;
        }

        return 0;
    }

    /// <summary>Serves with answers that are changed before they are sent.</summary>
    public static int Serve(Conversation conversation, string command, Action<JsonObject> change) =>
        Serve(conversation, (asked, answer) =>
        {
            var honest = answer();
            if ((string?)asked["cmd"] == command)
                change(honest);
            conversation.Send(honest);
        });
}
