"""What members do, as part of a sentence: "you write a comment", "an answer of yours is accepted", "5 more comments".

One clause for who acts and one for who benefits, and one word for counting them, in each language, for the activity
kinds that all platforms share. A kind that a community declared has a name only, and is spoken of by it.
"""

from __future__ import annotations

from rules_engine.facts import BREACH_CONFIRMED
from rules_engine.fields import Kind
from rules_engine.names import said

_DEEDS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "post_created": ("you write a post", "somebody writes a post for you"),
        "comment_created": ("you write a comment", "somebody comments on what you wrote"),
        "question_asked": ("you ask a question", "somebody asks you a question"),
        "answer_accepted": ("you accept an answer", "an answer of yours is accepted"),
        "helpful_reaction": ("you react to what somebody wrote", "somebody likes what you wrote"),
        "poll_voted": ("you vote in a poll", "somebody votes in your poll"),
        "topic_voted": ("you vote for a topic", "somebody votes for your topic"),
        "hashtag_posted": ("you post with a hashtag", "somebody posts with your hashtag"),
        "video_posted": ("you post a video", "somebody posts a video for you"),
        "live_attended": ("you follow a LIVE", "somebody follows your LIVE"),
        "gathering_registered": ("you register for a gathering", "somebody registers for your gathering"),
        "gathering_attended": ("you come to a gathering", "somebody comes to your gathering"),
        "referral_joined": ("you join by an invitation", "somebody joins by your invitation"),
        "referral_converted": ("you stay after an invitation", "somebody whom you invited stays"),
        "purchase_made": ("you buy something", "somebody buys through you"),
        "review_written": ("you write a review", "somebody reviews your work"),
        "story_shared": ("you share a story", "somebody shares your story"),
        "repo_starred": ("you star a repository", "somebody stars your repository"),
        "pr_merged": ("your pull request is merged", "a pull request for you is merged"),
        "kudos_given": ("you thank somebody", "somebody thanks you"),
        "feedback_given": ("you give feedback", "somebody gives you feedback"),
        "badge_earned": ("you earn a badge elsewhere", "you are given a badge elsewhere"),
        "member_left": ("you leave", "somebody whom you invited leaves"),
        BREACH_CONFIRMED: ("it is confirmed that you broke a guideline", "a breach against you is confirmed"),
    },
    "ms": {
        "post_created": ("anda menulis hantaran", "seseorang menulis hantaran untuk anda"),
        "comment_created": ("anda menulis komen", "seseorang mengulas tulisan anda"),
        "question_asked": ("anda bertanya soalan", "seseorang bertanya kepada anda"),
        "answer_accepted": ("anda menerima satu jawapan", "jawapan anda diterima"),
        "helpful_reaction": ("anda memberi reaksi kepada tulisan orang lain", "seseorang menyukai tulisan anda"),
        "poll_voted": ("anda mengundi dalam tinjauan", "seseorang mengundi dalam tinjauan anda"),
        "topic_voted": ("anda mengundi satu topik", "seseorang mengundi topik anda"),
        "hashtag_posted": ("anda membuat hantaran dengan hashtag", "seseorang menggunakan hashtag anda"),
        "video_posted": ("anda menghantar video", "seseorang menghantar video untuk anda"),
        "live_attended": ("anda mengikuti siaran LIVE", "seseorang mengikuti siaran LIVE anda"),
        "gathering_registered": ("anda mendaftar untuk perhimpunan", "seseorang mendaftar untuk perhimpunan anda"),
        "gathering_attended": ("anda hadir ke perhimpunan", "seseorang hadir ke perhimpunan anda"),
        "referral_joined": ("anda menyertai melalui jemputan", "seseorang menyertai melalui jemputan anda"),
        "referral_converted": ("anda kekal selepas dijemput", "orang yang anda jemput kekal bersama"),
        "purchase_made": ("anda membeli sesuatu", "seseorang membeli melalui anda"),
        "review_written": ("anda menulis ulasan", "seseorang mengulas karya anda"),
        "story_shared": ("anda berkongsi cerita", "seseorang berkongsi cerita anda"),
        "repo_starred": ("anda memberi bintang kepada repositori", "seseorang memberi bintang kepada repositori anda"),
        "pr_merged": ("pull request anda digabungkan", "pull request untuk anda digabungkan"),
        "kudos_given": ("anda memuji seseorang", "seseorang memuji anda"),
        "feedback_given": ("anda memberi maklum balas", "seseorang memberi anda maklum balas"),
        "badge_earned": ("anda memperoleh lencana di tempat lain", "anda diberi lencana di tempat lain"),
        "member_left": ("anda keluar", "orang yang anda jemput keluar"),
        BREACH_CONFIRMED: ("disahkan bahawa anda melanggar garis panduan", "pelanggaran terhadap anda disahkan"),
    },
}
_COUNTED: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "post_created": ("post", "posts"),
        "comment_created": ("comment", "comments"),
        "question_asked": ("question", "questions"),
        "answer_accepted": ("accepted answer", "accepted answers"),
        "helpful_reaction": ("helpful reaction", "helpful reactions"),
        "poll_voted": ("vote in a poll", "votes in polls"),
        "topic_voted": ("vote for a topic", "votes for topics"),
        "hashtag_posted": ("post with a hashtag", "posts with hashtags"),
        "video_posted": ("video", "videos"),
        "live_attended": ("LIVE session", "LIVE sessions"),
        "gathering_registered": ("registration for a gathering", "registrations for gatherings"),
        "gathering_attended": ("gathering", "gatherings"),
        "referral_joined": ("person who joins by invitation", "people who join by invitation"),
        "referral_converted": ("invited person who stays", "invited people who stay"),
        "purchase_made": ("purchase", "purchases"),
        "review_written": ("review", "reviews"),
        "story_shared": ("shared story", "shared stories"),
        "repo_starred": ("starred repository", "starred repositories"),
        "pr_merged": ("merged pull request", "merged pull requests"),
        "kudos_given": ("word of thanks", "words of thanks"),
        "feedback_given": ("piece of feedback", "pieces of feedback"),
        "badge_earned": ("badge from elsewhere", "badges from elsewhere"),
        "member_left": ("departure", "departures"),
        BREACH_CONFIRMED: ("confirmed breach", "confirmed breaches"),
    },
    "ms": {
        key: (noun, noun)  # Malay counts with the same word, however many there are
        for key, noun in {
            "post_created": "hantaran",
            "comment_created": "komen",
            "question_asked": "soalan",
            "answer_accepted": "jawapan yang diterima",
            "helpful_reaction": "reaksi membantu",
            "poll_voted": "undian tinjauan",
            "topic_voted": "undian topik",
            "hashtag_posted": "hantaran berhashtag",
            "video_posted": "video",
            "live_attended": "siaran LIVE",
            "gathering_registered": "pendaftaran perhimpunan",
            "gathering_attended": "perhimpunan",
            "referral_joined": "orang yang menyertai melalui jemputan",
            "referral_converted": "orang jemputan yang kekal bersama",
            "purchase_made": "pembelian",
            "review_written": "ulasan",
            "story_shared": "cerita yang dikongsi",
            "repo_starred": "repositori yang diberi bintang",
            "pr_merged": "pull request yang digabungkan",
            "kudos_given": "ucapan terima kasih",
            "feedback_given": "maklum balas",
            "badge_earned": "lencana dari tempat lain",
            "member_left": "ahli yang keluar",
            BREACH_CONFIRMED: "pelanggaran yang disahkan",
        }.items()
    },
}
_NAMED = {"en": "“{name}” happens", "ms": "“{name}” berlaku"}


def clause(kind: Kind, acting: bool, language: str) -> str:
    """What happens, said to the member who earns: who acts (`acting`), or for whom it was done."""
    known = _DEEDS.get(language, _DEEDS["en"]).get(kind.key)
    if known is not None:
        return known[0 if acting else 1]
    return _NAMED.get(language, _NAMED["en"]).format(name=said(kind.name, language, kind.key))


def counted(kind: Kind, number: int, language: str) -> str:
    """What that many of it are called behind the number: `comments`, or a declared kind's name in quotes."""
    known = _COUNTED.get(language, _COUNTED["en"]).get(kind.key)
    return f"“{said(kind.name, language, kind.key)}”" if known is None else known[0 if number == 1 else 1]
