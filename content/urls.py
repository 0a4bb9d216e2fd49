"""The addresses under /vak/."""

from django.urls import path

from content.views import pages, paper

urlpatterns = [
    path("", pages.overview, name="vak"),
    path("vragen/", pages.questions, name="vak_vragen"),
    path("vragen/op-scherm/", pages.on_screen, name="vak_op_scherm"),
    path("vragen/printen/", paper.print_cards, name="print_cards"),
    path("vragen/kaartjes.pdf", paper.cards, name="cards_pdf"),
    path("wolkjes/", pages.themes, name="vak_wolkjes"),
    path("wolkjes/placemat.pdf", paper.placemat, name="placemat_pdf"),
    path("wolkjes/<slug:slug>/", pages.theme, name="vak_wolkje"),
    path("vuistregels/", pages.rules, name="vak_vuistregels"),
    path("vuistregels/poster.pdf", paper.poster, name="poster_pdf"),
    path("dagdeel/", pages.programme, name="vak_dagdeel"),
    path("dagdeel/programma.pdf", paper.programme, name="programme_pdf"),
    path("traject/", pages.about, name="vak_traject"),
    path("voorbeeld/stop/", pages.stop_preview, name="vak_stop_preview"),
]
